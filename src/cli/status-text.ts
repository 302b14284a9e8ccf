import picocolors from 'picocolors';

/** What `/status` answers, as JSON carries it: dates are text. An older or newer agent may leave a field out. */
export interface StatusJson {
  readonly endpoint: string;
  readonly ready: boolean;
  readonly reason?: string;
  readonly healthy: boolean;
  readonly unhealthyReason?: string;
  readonly envoy: { readonly state: string; readonly pid?: number };
  readonly secrets: readonly SecretJson[];
  readonly notices?: Readonly<Record<string, unknown>>;
}

interface SecretJson {
  readonly name: string;
  readonly kind: 'identity' | 'trust';
  readonly sources: readonly string[];
  readonly stage: 'missing' | 'delivered' | 'proven';
  readonly sourceVersion?: string;
  readonly certificates?: readonly { readonly subject: string; readonly serial: string; readonly notAfter: string }[];
  readonly problem?: { readonly message: string; readonly hint?: string; readonly at: string };
  readonly refused?: { readonly sourceVersion: string; readonly message: string };
}

/** What is on its way to the wire, in words that say where it is now. */
const STAGES = { missing: 'missing', delivered: 'delivered, not proven', proven: 'proven on the wire' } as const;
const MARKS = { missing: '✘', delivered: '!', proven: '✔' } as const;

/** For people, at a glance: who, ready or why not, and of each secret what is held, until when, and what is wrong. */
export function describeStatus(status: StatusJson, now: Date, colour: boolean): string {
  const { bold, green, red, dim } = picocolors.createColors(colour);
  const state = status.ready ? green('ready') : red(`not ready: ${status.reason ?? 'unknown'}`);
  const { used, problem } = status.notices ?? {};
  const heard = status.notices === undefined ? [] : [`${dim('notices')}  ${String(used)} used${isProblem(problem) ? `, ${red(problem.message)}` : ''}`];
  const envoy = `${dim('envoy')}  ${status.envoy.state}${status.envoy.pid === undefined ? '' : `, pid ${status.envoy.pid}`}`;
  return [`${bold(status.endpoint)}  ${state}`, envoy, ...heard, ...status.secrets.flatMap((secret) => describeSecret(secret, now, colour))].map((line) => `${line}\n`).join('');
}

function describeSecret({ name, kind, sources, stage, sourceVersion, certificates = [], problem, refused }: SecretJson, now: Date, colour: boolean): readonly string[] {
  const { green, yellow, red, dim } = picocolors.createColors(colour);
  const paint = { missing: red, delivered: yellow, proven: green }[stage];
  const version = sourceVersion === undefined ? '' : dim(`  version ${sourceVersion}`);
  return [
    `${paint(MARKS[stage])} ${kind} ${name}: ${paint(STAGES[stage])}${version}`,
    dim(`    from ${sources.join(', ')}`),
    ...certificates.map(({ subject, serial, notAfter }) => {
      const left = new Date(notAfter).getTime() - now.getTime();
      const until = `until ${notAfter.slice(0, 16).replace('T', ' ')} UTC, ${left < 0 ? `expired ${inWords(-left)} ago` : `in ${inWords(left)}`}`;
      return `    ${serial}  ${subject}  ${left < 0 ? red(until) : until}`;
    }),
    ...(refused === undefined ? [] : [`    ${red('refused')} version ${refused.sourceVersion}: ${refused.message}`]),
    ...(problem === undefined ? [] : [`    ${red('problem')} since ${problem.at.slice(0, 19).replace('T', ' ')}: ${problem.message}`, ...(problem.hint === undefined ? [] : [dim(`    hint: ${problem.hint}`)])]),
  ];
}

/** The largest unit that gives at least two: between an alarm and a calendar, nobody wants seconds. */
function inWords(ms: number): string {
  for (const [unit, size] of [['days', 86_400_000], ['hours', 3_600_000], ['minutes', 60_000]] as const) {
    if (ms >= 2 * size) return `${Math.floor(ms / size)} ${unit}`;
  }
  return `${Math.floor(ms / 1_000)} seconds`;
}

function isProblem(value: unknown): value is { readonly message: string } {
  return typeof value === 'object' && value !== null && 'message' in value;
}
