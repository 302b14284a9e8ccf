import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { AgentError } from '../errors.ts';
import type { Manifest } from '../mesh/manifest.ts';
import { Acknowledgements } from '../sds/acknowledgements.ts';
import { Snapshot } from '../sds/snapshot.ts';
import { type BoundSocket, bindSocket } from '../sds/socket.ts';
import { orUnusable, prepareDirectory, writeWhole } from './directory.ts';
import { FilesSink } from './files.ts';
import { SdsSink } from './sds.ts';
import type { Sink } from './sink.ts';

/** A way of delivery, opened on MTLS_DIR. */
export interface Delivery {
  readonly sink: Sink;
  /** Everything must be delivered before Envoy starts. */
  readonly beforeEnvoy: boolean;
  /** Starts what Envoy talks to; after its spawn, because loading it takes longer than Envoy needs to come up. */
  serve(): Promise<void>;
  /** From now on `hear` is told when one of several consumers refuses what another one has taken. */
  onLateRefusal(hear: (error: AgentError) => void): void;
  /** Writes a file into the directory; returns its path. */
  write(name: string, content: string): Promise<string>;
  /** Takes everything of ours out of the directory. */
  close(): Promise<void>;
  /** Stops serving; what an Envoy that goes on reads stays where it is. */
  leave(): Promise<void>;
}

type Settings = Pick<Config, 'delivery' | 'directory' | 'allowDisk'>;

/** What the agent or its Envoy puts into MTLS_DIR. */
const OURS = ['envoy.json', 'envoy-admin.sock', 'sds.sock', 'sds', 'current', 'current.new', 'generations'];

/** Prepares the directory and opens the way of delivery that MTLS_DELIVERY names. Throws `directory-unusable`, `directory-in-use`. */
export async function openDelivery({ delivery, directory, allowDisk }: Settings, { secrets }: Manifest, uid: number): Promise<Delivery> {
  const writesKey = delivery === 'files' && secrets.some(({ kind }) => kind === 'identity');
  await prepareDirectory(directory, { uid, inMemory: writesKey && !allowDisk });
  // whatever the delivery: who binds it has the directory to himself
  const socket = await bindSocket(join(directory, 'sds.sock'));
  const opened = delivery === 'files' ? openFiles(directory, socket) : openSds(socket, secrets.length > 0);
  return {
    ...opened,
    async write(name, content) {
      const path = join(directory, name);
      await orUnusable(directory, () => writeWhole(path, content));
      return path;
    },
    leave: () => socket.close(),
    async close() {
      await socket.close();
      // what does not go now is replaced by the next start
      for (const name of OURS) await rm(join(directory, name), { recursive: true, force: true }).catch(() => undefined);
    },
  };
}

type Opened = Omit<Delivery, 'write' | 'close' | 'leave'>;

function openFiles(directory: string, socket: BoundSocket): Opened {
  socket.attach((stray) => stray.destroy());
  return { sink: new FilesSink(directory), beforeEnvoy: true, serve: () => Promise.resolve(), onLateRefusal: () => undefined };
}

function openSds(socket: BoundSocket, needed: boolean): Opened {
  const snapshot = new Snapshot();
  const acknowledgements = new Acknowledgements();
  return {
    sink: new SdsSink(snapshot, acknowledgements),
    beforeEnvoy: false,
    onLateRefusal: (hear) => void (acknowledgements.onLateRefusal = hear),
    async serve() {
      // an endpoint without TLS asks for nothing, and need not load a gRPC server
      if (!needed) return;
      const { serveSds } = await import('../sds/server.ts');
      serveSds(socket, snapshot, acknowledgements.observe);
    },
  };
}
