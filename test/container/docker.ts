import { execFile } from 'node:child_process';
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
