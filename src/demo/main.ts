import { once } from 'node:events';
import { join } from 'node:path';
import { createReport } from '../cli/report.ts';
import { systemClock } from '../clock.ts';
import { toAgentError } from '../errors.ts';
import { runChecks } from './checks.ts';
import { type RunningDemo, startDemo } from './demo.ts';
import { DEMO_USAGE, type DemoOptions, parseDemoOptions } from './options.ts';
import { rotateUnderLoad } from './rotation.ts';
import { render } from './screen.ts';

const quit = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => quit.abort(new Error(signal)));

const stderr = (text: string): void => void process.stderr.write(text);
const inColour = (stream: NodeJS.WriteStream): boolean => stream.isTTY && (process.env.NO_COLOR ?? '') === '';

/** Resolves to the exit code. */
async function main(): Promise<number> {
  const options = parseDemoOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(DEMO_USAGE);
    return 0;
  }
  const home = join(__dirname, '..');
  const ports = { env: process.env, clock: systemClock, home, envoy: process.env.MTLS_ENVOY ?? '', progress: (text: string) => stderr(`… ${text}\n`) };
  const demo = await startDemo(options, ports, quit.signal);
  try {
    const result = await runChecks(demo, options, systemClock, quit.signal);
    process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : render(result, inColour(process.stdout)));
    const unbroken = await rotate(demo, options);
    if (!options.once && !quit.signal.aborted) await stayUp(options, demo.broken);
    return result.pass && unbroken ? 0 : 1;
  } finally {
    await demo.close();
  }
}

/** Resolves to whether no request failed. */
async function rotate(demo: RunningDemo, { rotateMs, ports, mode, once: oneRound, json }: DemoOptions): Promise<boolean> {
  if (rotateMs === undefined) return true;
  stderr(`\nrotating every ${rotateMs / 1000} s under load${oneRound ? '' : ', until Ctrl-C'}\n`);
  const ends = mode === 'mtls' ? (['teller', 'gateway'] as const) : (['teller'] as const);
  const print = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);
  const rotating = rotateUnderLoad(demo, { everyMs: rotateMs, port: ports.gateway, ends, once: oneRound }, systemClock, print, quit.signal);
  return Promise.race([rotating, demo.broken]);
}

async function stayUp({ ports }: DemoOptions, broken: Promise<never>): Promise<void> {
  stderr(`\nstays up until Ctrl-C; try: curl http://127.0.0.1:${ports.gateway}/\n`);
  if (!quit.signal.aborted) await Promise.race([once(quit.signal, 'abort'), broken]);
  stderr('\nending both Envoys and their agents\n');
}

main().then(
  (code) => process.exit(code),
  (thrown: unknown) => {
    // asked to end while starting: everything is cleaned up, and there is nothing to complain about
    if (quit.signal.aborted) process.exit(0);
    process.exit(createReport({ stderr, colour: inColour(process.stderr) }).failure(toAgentError(thrown)));
  },
);
