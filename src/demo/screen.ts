import picocolors from 'picocolors';
import type { SeenClient } from './color-teller.ts';
import type { DemoResult } from './result.ts';

/** The result in under one screen. */
export function render(result: DemoResult, colour: boolean): string {
  const paint = picocolors.createColors(colour);
  const heading = (text: string): string => `\n${paint.bold(text)}\n`;
  const mark = (good: boolean, yes: string, no: string): string => (good ? paint.green(yes) : paint.red(no));
  const { mode, delivery, ports, client } = result;
  const wire = mode === 'mtls' ? 'mutual TLS' : 'one-way TLS';
  return [
    `\n${paint.bold(paint.yellow(result.colour))}\n`,
    `client ─▶ ColorGateway :${ports.gateway} ═ ${wire} ═▶ ColorTeller :${ports.teller} ─▶ app :${ports.app}   (certificates by ${delivery === 'sds' ? 'SDS' : 'files'})\n`,
    heading('who presented which certificate'),
    certificate('ColorTeller, as served on the wire', result.server),
    client === undefined ? '  ColorGateway presented none: one-way TLS does not ask for one\n' : certificate("ColorGateway, as ColorTeller's Envoy saw it", client),
    heading("statistics of ColorTeller's Envoy"),
    ...result.statistics.map((line) => `  ${line}\n`),
    `  ${mark(result.verdict.pass, '✔', '✘')} ${result.verdict.sentence}\n`,
    heading('who is refused'),
    ...result.refusals.map(({ name, refused, counter, moved }) => `  ${mark(refused, '✔ refused ', '✘ LET IN  ')} ${name.padEnd(32)}${counter}: +${moved}\n`),
  ].join('');
}

function certificate(who: string, { subject, names, serial, issuer, notAfter }: SeenClient): string {
  return [`  ${who}`, `    subject    ${subject}`, `    names      ${names.join(', ')}`, `    serial     ${serial}`, `    issuer     ${issuer}`, `    not after  ${notAfter}`, ''].join('\n');
}
