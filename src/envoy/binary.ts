import { access, constants, open, stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';
import { AgentError } from '../errors.ts';

/** Where Envoy's own images and packages put it; a container without PATH still finds it. */
const USUAL_PLACES = ['/usr/local/bin/envoy', '/usr/bin/envoy'];

const HINT = 'set MTLS_ENVOY to the path of an Envoy binary, or put envoy on PATH';

/**
 * Which Envoy the agent starts: `MTLS_ENVOY`, else `envoy` on PATH, else the usual places. A name without a slash in
 * `MTLS_ENVOY` is looked up on PATH, as a shell would.
 *
 * @returns an absolute path
 * @throws {AgentError} `envoy-missing` if there is none, or it is not an executable file
 */
export async function findBinary(where: {
  readonly envoy: string | undefined;
  readonly path: string | undefined;
  /** Where to look last; for tests. */
  readonly usualPlaces?: readonly string[];
}): Promise<string> {
  const { envoy, path, usualPlaces = USUAL_PLACES } = where;
  if (envoy?.includes('/')) return named(resolve(envoy));
  const name = envoy ?? 'envoy';
  // an empty entry means the current directory to a shell; nothing is started from there by accident
  const onPath = (path ?? '').split(delimiter).filter((entry) => entry !== '').map((entry) => resolve(entry, name));
  const places = envoy === undefined ? [...onPath, ...usualPlaces] : onPath;
  for (const place of places) {
    if ((await obstacle(place)) === undefined) return place;
  }
  const also = envoy === undefined ? `, nor at ${usualPlaces.join(' or ')}` : '';
  throw new AgentError('envoy-missing', `there is no ${name} on PATH (${path ?? 'not set'})${also}`, { hint: HINT });
}

async function named(path: string): Promise<string> {
  const problem = await obstacle(path);
  if (problem === undefined) return path;
  throw new AgentError('envoy-missing', `MTLS_ENVOY names ${path}, which ${problem}`, { hint: HINT });
}

/** Processors in an ELF header (`e_machine`, elf.h), by Node's names. */
const MACHINES: ReadonlyMap<number, string> = new Map([
  [0x3e, 'x64'],
  [0xb7, 'arm64'],
]);
/** As far as `e_machine` reaches. */
const ELF_HEADER_BYTES = 20;

/** Why this path cannot be executed; undefined: it can. */
async function obstacle(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return 'is not a file';
  } catch {
    return 'does not exist';
  }
  try {
    await access(path, constants.X_OK);
  } catch {
    return 'is not executable for us';
  }
  return foreign(path);
}

/** Looked for here, because execvp(3) has a shell run what the kernel refuses, and that fails on a program in its own words. */
async function foreign(path: string): Promise<string | undefined> {
  const header = await firstBytes(path);
  // executable and not readable: only trying tells
  if (header === undefined || header.toString('latin1', 0, 2) === '#!') return undefined;
  if (header.length < ELF_HEADER_BYTES || header.toString('latin1', 0, 4) !== '\x7fELF') return 'is no program';
  const machine = MACHINES.get(header.readUInt16LE(18)) ?? 'another processor';
  return machine === process.arch ? undefined : `is a program for ${machine}, and this is ${process.arch}`;
}

async function firstBytes(path: string): Promise<Buffer | undefined> {
  const file = await open(path).catch(() => undefined);
  try {
    const read = await file?.read(Buffer.alloc(ELF_HEADER_BYTES), 0, ELF_HEADER_BYTES, 0);
    return read?.buffer.subarray(0, read.bytesRead);
  } finally {
    await file?.close();
  }
}
