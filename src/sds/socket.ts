import { chmod, lstat, rm } from 'node:fs/promises';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { AgentError } from '../errors.ts';

/** `sun_path` of a unix socket holds 108 bytes with its terminator; Node cuts a longer path without a word. */
const LONGEST_PATH = 107;

/** A unix socket that is bound at once and served later: who connects in between waits. */
export interface BoundSocket {
  readonly path: string;
  /** From now on `serve` gets every connection, first those that waited. */
  attach(serve: (socket: Socket) => void): void;
  close(): Promise<void>;
}

/**
 * Binds `path`. The directory must be ours and 0700: it is what keeps others away from the keys. A socket that a killed
 * process left behind is replaced; one that somebody serves is an error.
 */
export async function bindSocket(path: string): Promise<BoundSocket> {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new AgentError('directory-unusable', `the socket path ${path} has ${Buffer.byteLength(path)} bytes, at most ${LONGEST_PATH} are possible`, {
      hint: 'choose a shorter MTLS_DIR',
    });
  }
  await removeStale(path);
  const waiting: Socket[] = [];
  const open = new Set<Socket>();
  let serve = (socket: Socket): void => void waiting.push(socket);
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    serve(socket);
  });
  await listen(server, path);
  return {
    path,
    attach(handler) {
      serve = handler;
      waiting.splice(0).forEach(handler);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Removes what a killed process left behind, and nothing that another agent has bound since we looked. */
async function removeStale(path: string): Promise<void> {
  const found = await inodeOf(path);
  if (found === undefined) return;
  if (await isServed(path)) throw inUse(path);
  if ((await inodeOf(path)) !== found) throw inUse(path);
  await rm(path, { force: true }).catch((cause: unknown) => {
    throw unusable(path, cause as Error);
  });
}

function inodeOf(path: string): Promise<number | undefined> {
  return lstat(path).then(
    ({ ino }) => ino,
    () => undefined,
  );
}

function inUse(path: string): AgentError {
  return new AgentError('directory-in-use', `${path} is served by another process`, { hint: 'give each agent an MTLS_DIR of its own' });
}

function unusable(path: string, cause: Error): AgentError {
  return new AgentError('directory-unusable', `cannot listen on ${path}: ${cause.message}`, { hint: 'MTLS_DIR must be writable for the user of the agent', cause });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // it was not there a moment ago: two agents start at the same time
    server.once('error', (cause: NodeJS.ErrnoException) => reject(cause.code === 'EADDRINUSE' ? inUse(path) : unusable(path, cause)));
    // the directory keeps others away already; this says so to whoever looks
    server.listen({ path }, () => void chmod(path, 0o600).then(resolve, (cause: unknown) => reject(unusable(path, cause as Error))));
  });
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
