import { lstat, mkdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { AgentError } from '../errors.ts';

/** `f_type` of file systems that live in memory (statfs(2)). */
const IN_MEMORY = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
]);

/** What must hold before a socket or a key is put into a directory. */
export interface DirectoryRules {
  /** The user the agent runs as. */
  readonly uid: number;
  /** A key will be written here: only memory will do. */
  readonly inMemory: boolean;
}

/** Creates `path` if need be and checks it. Throws `directory-unusable`. */
export async function prepareDirectory(path: string, rules: DirectoryRules): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unusable(path, `cannot be created: ${messageOf(cause)}`, 'mount a tmpfs there, or set MTLS_DIR to a directory that the agent may create', cause);
  }
  await inspectDirectory(path, rules);
}

/** Checks that `path` is a directory, ours, 0700 and, where a key is written, in memory; changes nothing. Throws `directory-unusable`. */
export async function inspectDirectory(path: string, { uid, inMemory }: DirectoryRules): Promise<void> {
  const found = await lstat(path);
  if (!found.isDirectory()) throw unusable(path, 'is no directory', 'set MTLS_DIR to a directory');
  if (found.uid !== uid) throw unusable(path, `belongs to uid ${found.uid}, the agent runs as uid ${uid}`, `mount it with uid=${uid}, or run the agent as ${found.uid}`);
  const mode = found.mode & 0o777;
  if ((mode & 0o077) !== 0) throw unusable(path, `has mode 0${mode.toString(8)}, others may enter`, 'mount it with mode=0700, or chmod 700');
  if (inMemory) await checkInMemory(path);
}

async function checkInMemory(path: string): Promise<void> {
  const { type } = await statfs(path);
  if (IN_MEMORY.has(type)) return;
  throw unusable(
    path,
    `is on a file system of type 0x${type.toString(16)}, a key is written to tmpfs or ramfs only`,
    'mount a tmpfs there (on ECS linuxParameters.tmpfs), use MTLS_DELIVERY=sds, or accept the risk with MTLS_ALLOW_DISK=true',
  );
}

/** Writes a file whole or not at all: beside it, then renamed over it. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const beside = `${path}.new`;
  try {
    await writeFile(beside, content, { mode: 0o600 });
    await rename(beside, path);
  } catch (thrown) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw thrown;
  }
}

/** Does something in the directory `path`; what the file system refuses is `directory-unusable`. */
export async function orUnusable<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (thrown) {
    throw describeRefusal(path, thrown);
  }
}

function describeRefusal(path: string, thrown: unknown): unknown {
  const code = thrown instanceof Error && 'syscall' in thrown && 'code' in thrown ? thrown.code : undefined;
  switch (code) {
    case undefined:
      return thrown;
    case 'ENOSPC':
    case 'EDQUOT':
      return unusable(path, 'is full', 'two generations are held at a time, some 20 kB for each secret: give the tmpfs 1 MiB or more', thrown);
    case 'EROFS':
      return unusable(path, 'is read-only', 'mount a tmpfs there; a read-only root file system needs one for MTLS_DIR', thrown);
    default:
      return unusable(path, `cannot be written to: ${messageOf(thrown)}`, 'MTLS_DIR must be writable for the user of the agent', thrown);
  }
}

function unusable(path: string, why: string, hint: string, cause?: unknown): AgentError {
  return new AgentError('directory-unusable', `the directory ${path} ${why}`, { hint, cause });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
