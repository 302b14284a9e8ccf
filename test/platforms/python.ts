import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { findPlatformTools } from '../../build/platform-tools.mjs';

/** Runs a program of Python that has the platforms' packages, JSON on stdin; resolves to what it prints, rejects with what it complains of. */
export async function python(program: string, input: unknown, args: readonly string[] = []): Promise<string> {
  const { python: interpreter, directory } = await findPlatformTools();
  const child = spawn(interpreter, ['-s', '-c', program, ...args], { env: { ...process.env, PYTHONPATH: directory }, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(input));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [code, out, complaint] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(complaint);
  return out;
}
