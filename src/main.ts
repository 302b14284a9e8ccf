import { writeFileSync } from 'node:fs';
import type { CommandIo } from './cli/command.ts';
import { runProgram } from './cli/program.ts';
import type { RunPorts } from './cli/run.ts';
import { systemClock } from './clock.ts';
import { createStopRequest } from './envoy/stop-request.ts';
import { releaseMemory } from './footprint.ts';

// First of all, as the loader has done already: with a handler SIGUSR1 does not open Node's inspector in the process that
// holds the key. Without core dumps, Envoy's included, the key stays out of files.
process.on('SIGUSR1', () => undefined);
try {
  writeFileSync('/proc/self/coredump_filter', '0');
} catch {
  // a kernel without core dumps has no such file
}

const stop = createStopRequest();
const quit = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    stop.stop(signal);
    quit.abort(new Error(signal));
  });
}

const io: CommandIo = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  env: process.env,
  signal: quit.signal,
  clock: systemClock,
  colour: process.stderr.isTTY && (process.env.NO_COLOR ?? '') === '',
};

const ports: RunPorts = {
  random: Math.random,
  uid: process.getuid?.() ?? 0,
  pid1: process.pid === 1,
  // --inspect opens it, and so does SIGUSR1 before our first statement
  inspected: () => process.getBuiltinModule('node:inspector').url() !== undefined,
  releaseMemory,
  stop,
  signals({ hangup, reopen }) {
    process.on('SIGHUP', hangup).on('SIGUSR1', reopen);
    return () => void process.off('SIGHUP', hangup).off('SIGUSR1', reopen);
  },
};

// what is still open then, a keep-alive connection to AWS for example, is nobody's business any more
void runProgram(process.argv.slice(2), io, ports).then((code) => process.exit(code));
