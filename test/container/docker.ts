import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export const HOME = join(import.meta.dirname, '../..');

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; a code other than 0 is an outcome, not an error. */
export async function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  try {
    const { stdout, stderr } = await execute(command, [...args], { cwd: HOME, env: { ...process.env, ...env }, maxBuffer: 512 * 1024 * 1024 });
    return { code: 0, stdout, stderr };
  } catch (thrown) {
    const { code = 1, stdout = '', stderr = '' } = thrown as { code?: number; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : 1, stdout, stderr };
  }
}

/** The same for what must succeed: its stdout, or an error with what it said. */
export async function must(command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}

export const docker = (...args: readonly string[]): Promise<string> => must('docker', ...args);

/** Runs a program for Node in a container, given on stdin: arguments would stand in `/proc/PID/cmdline`. */
export function nodeIn(container: string, program: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn('docker', ['exec', '-i', container, '/usr/bin/node', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject).once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
    child.stdin.end(program);
  });
}

/** Which of the needles come up in what a docker command prints, however much that is. */
export function search(args: readonly string[], needles: readonly Buffer[]): Promise<readonly Buffer[]> {
  const overlap = Math.max(...needles.map(({ length }) => length)) - 1;
  return new Promise((resolve, reject) => {
    const child = spawn('docker', [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const found = new Set<Buffer>();
    for (const stream of [child.stdout, child.stderr]) {
      let rest = Buffer.alloc(0);
      stream.on('data', (chunk: Buffer) => {
        const window = Buffer.concat([rest, chunk]);
        for (const needle of needles) if (window.includes(needle)) found.add(needle);
        rest = window.subarray(Math.max(0, window.length - overlap));
      });
    }
    child.once('error', reject).once('close', (code) => (code === 0 ? resolve([...found]) : reject(new Error(`docker ${args.join(' ')} ended with ${code ?? 0}`))));
  });
}
