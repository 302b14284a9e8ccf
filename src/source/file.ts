import fs from 'node:fs';
import path from 'node:path';
import type { Kind, SourceReference } from '../config/source-reference.ts';
import { AgentError } from '../errors.ts';
import { SecretText } from '../material/secret-text.ts';
import { digest } from './digest.ts';
import type { Source } from './source.ts';

/** The same minute as for secrets; a watch on the folder usually comes first. */
const POLL_MS = 60_000;

/** Sixteen times the largest secret, four times the bundle of all public CAs: a larger file is a mistake. */
const LARGEST_BYTES = 1_048_576;

/** How often a folder may be swapped under us before that is a fault; Kubernetes does it once a minute at most. */
const SWAPS = 3;

type Reference = Extract<SourceReference, { scheme: 'file' }>;

/** A secret document, a PEM file, or a folder with `tls.crt`, `tls.key`, `ca.crt` (the names of Kubernetes) and `crl.pem`. */
export function openFile(kind: Kind, { text, path: location }: Reference): Source {
  return {
    description: text,
    pollMs: POLL_MS,
    watched: location,
    async fetch(signal) {
      signal.throwIfAborted();
      const document = await readDocument(kind, location);
      return { version: digest(document), text: new SecretText(document) };
    },
  };
}

async function readDocument(kind: Kind, location: string): Promise<string> {
  const stat = await orFailure(location, fs.promises.stat(location));
  if (stat.isDirectory()) return readFolder(kind, location);
  const text = await readBounded(location);
  if (text.trimStart().startsWith('{')) return text;
  if (kind === 'trust') return JSON.stringify({ TrustBundle: text });
  return toDocument(blocks(text, /CERTIFICATE$/), blocks(text, /PRIVATE KEY$/));
}

/**
 * A folder is resolved once, and its files are read in what it resolved to: whoever swaps the symlink meanwhile cannot mix
 * two generations. If that one is removed before it was read, the new one is taken.
 */
async function readFolder(kind: Kind, location: string): Promise<string> {
  for (let swaps = 0; ; swaps++) {
    const folder = await resolveFolder(location);
    try {
      if (kind === 'trust') return JSON.stringify({ TrustBundle: (await readBounded(path.join(folder, 'ca.crt'))) + (await readOptional(path.join(folder, 'crl.pem'))) });
      return toDocument(await readBounded(path.join(folder, 'tls.crt')), await readBounded(path.join(folder, 'tls.key')));
    } catch (thrown) {
      if (swaps === SWAPS || (await resolveFolder(location)) === folder) throw thrown;
    }
  }
}

/** Begins on a line of its own: the file before may end without one. */
async function readOptional(location: string): Promise<string> {
  try {
    return `\n${await readBounded(location)}`;
  } catch (thrown) {
    if (thrown instanceof AgentError && thrown.code === 'source-not-found') return '';
    throw thrown;
  }
}

/** Kubernetes keeps the generation behind `..data`, a symlink inside the folder (AtomicWriter). */
async function resolveFolder(location: string): Promise<string> {
  try {
    return await fs.promises.realpath(path.join(location, '..data'));
  } catch {
    return orFailure(location, fs.promises.realpath(location));
  }
}

/** ACM's own field names: the layout of our secrets. */
function toDocument(Certificate: string, PrivateKey: string): string {
  return JSON.stringify({ Certificate, CertificateChain: '', PrivateKey });
}

function blocks(pem: string, label: RegExp): string {
  const all = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g)];
  return all.filter(([, name = '']) => label.test(name)).map(([block]) => `${block}\n`).join('');
}

async function readBounded(location: string): Promise<string> {
  // O_NONBLOCK: a FIFO would hold the open until somebody writes
  const handle = await orFailure(location, fs.promises.open(location, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK));
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new AgentError('document-unreadable', `${location} is not a regular file`);
    if (stat.size > LARGEST_BYTES) throw new AgentError('document-unreadable', `${location} has ${stat.size} bytes, expected at most ${LARGEST_BYTES}`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await handle.readFile());
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown;
    throw new AgentError('document-unreadable', `${location} is not UTF-8 text`, { hint: 'JSON and PEM are read; PKCS#12 and DER are not' });
  } finally {
    await handle.close();
  }
}

/** Waits for a file operation and words its failure. */
async function orFailure<T>(location: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (cause) {
    throw describe(location, cause as NodeJS.ErrnoException);
  }
}

function describe(location: string, cause: NodeJS.ErrnoException): AgentError {
  switch (cause.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new AgentError('source-not-found', `${location} does not exist`, { hint: 'is the volume mounted, and is the path that of this container', cause });
    case 'EACCES':
    case 'EPERM':
      return new AgentError('access-denied', `${location} cannot be read: permission denied`, { hint: 'give the user of the agent read permission, on the folders above it as well', cause });
    default:
      return new AgentError('source-unavailable', `${location} cannot be read: ${cause.code ?? cause.message}`, { cause });
  }
}
