import { mkdtemp, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseIdentity } from '../../src/material/identity.ts';
import type { Identity, TrustBundle } from '../../src/material/material.ts';
import { parseTrust } from '../../src/material/trust.ts';
import { SECRET_TYPE_URL } from '../../src/sds/secret-resource.ts';
import { serveSds } from '../../src/sds/server.ts';
import { Snapshot } from '../../src/sds/snapshot.ts';
import { type BoundSocket, bindSocket } from '../../src/sds/socket.ts';
import type { Heard } from '../../src/sds/subscription.ts';
import { NOW, createPki, identitySecret, trustSecret } from '../fixtures/pki.ts';
import { SdsClient } from '../fixtures/sds-client.ts';

let identity: Identity;
let trust: TrustBundle;
beforeAll(async () => {
  const { gateway, teller } = await createPki();
  identity = await parseIdentity({ version: 'v1', text: identitySecret(gateway.leaf) }, { roles: ['client'], names: [], now: NOW });
  trust = parseTrust([{ version: 'v1', text: trustSecret(teller.root) }], NOW);
});

let directory: string;
let socket: BoundSocket;
let snapshot: Snapshot;
const clients: SdsClient[] = [];
const heard: (Heard | { kind: 'closed' })[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sds-'));
  socket = await bindSocket(join(directory, 'sds.sock'));
  snapshot = new Snapshot();
  heard.length = 0;
});
afterEach(async () => {
  clients.splice(0).forEach((client) => client.close());
  await socket.close();
  await rm(directory, { recursive: true });
});

const serve = (): void => serveSds(socket, snapshot, (_stream, event) => heard.push(event));
const client = (authority?: string): SdsClient => {
  const opened = new SdsClient(socket.path, authority);
  clients.push(opened);
  return opened;
};

describe('the SDS server', () => {
  it('serves a connection that was made before it was attached', async () => {
    const early = client();
    early.send({ resourceNames: ['identity'] });
    snapshot.set('identity', identity, 0);
    serve();
    expect((await early.next()).secret.name).toBe('identity');
  });

  it('sends key and chain as one resource of the exact type', async () => {
    serve();
    snapshot.set('identity', identity, 0);
    const envoy = client();
    envoy.send({ resourceNames: ['identity'] });
    const { response, secret } = await envoy.next();
    expect(response.typeUrl).toBe('type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret');
    const { certificateChain, privateKey } = secret.type.case === 'tlsCertificate' ? secret.type.value : {};
    expect(Buffer.from(certificateChain?.specifier.value ?? '').toString()).toBe(identity.chainPem);
    expect(Buffer.from(privateKey?.specifier.value ?? '').toString()).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });

  it('changes the bytes of a secret that is offered again', async () => {
    serve();
    snapshot.set('trust', trust, 0);
    const envoy = client();
    envoy.send({ resourceNames: ['trust'] });
    const first = await envoy.next();
    envoy.send({ resourceNames: ['trust'], responseNonce: first.response.nonce, errorDetail: { code: 13, message: 'refused' } });
    snapshot.set('trust', trust, 1);
    const second = await envoy.next();
    expect(second.response.versionInfo).not.toBe(first.response.versionInfo);
    expect(second.response.resources[0]?.value).not.toEqual(first.response.resources[0]?.value);
    expect(heard).toContainEqual({ kind: 'refused', name: 'trust', version: first.response.versionInfo, message: 'refused' });
  });

  it('serves streams side by side, each its own names', async () => {
    serve();
    snapshot.set('identity', identity, 0);
    snapshot.set('trust', trust, 0);
    const [one, other] = [client(), client()];
    one.send({ resourceNames: ['identity'] });
    other.send({ resourceNames: ['trust'] });
    expect((await one.next()).secret.name).toBe('identity');
    expect((await other.next()).secret.name).toBe('trust');
  });

  it.each(['a:b', 'sds%2Fx', '%2Frun%2Fsds.sock'])('refuses the authority %s instead of dying of it, and goes on serving', async (authority) => {
    serve();
    snapshot.set('trust', trust, 0);
    expect(await client(authority).status()).toBe(400);
    const envoy = client();
    envoy.send({ resourceNames: ['trust'] });
    expect((await envoy.next()).secret.name).toBe('trust');
  });

  it('survives a client that speaks no HTTP/2', async () => {
    serve();
    snapshot.set('trust', trust, 0);
    const rude = connect({ path: socket.path });
    rude.on('error', () => undefined);
    await new Promise<void>((resolve) => {
      rude.once('close', () => resolve());
      rude.write('GET / HTTP/1.1\r\n\r\n'.repeat(10));
      rude.resume();
    });
    const envoy = client();
    envoy.send({ resourceNames: ['trust'] });
    expect((await envoy.next()).secret.name).toBe('trust');
  });
});

describe('a stream', () => {
  beforeEach(() => {
    serve();
    snapshot.set('identity', identity, 0);
    snapshot.set('trust', trust, 0);
  });
  const accept = async (from: SdsClient, names: string[]): Promise<string> => {
    const { response, secret } = await from.next();
    from.send({ resourceNames: names, versionInfo: response.versionInfo, responseNonce: response.nonce });
    return secret.name;
  };
  /** The server has taken in everything that was sent before: another stream is answered. */
  const settled = async (): Promise<void> => {
    const other = client();
    other.send({ resourceNames: ['trust'] });
    await other.next();
  };

  it('that asks for an unknown name lives on, and is answered when that appears', async () => {
    const envoy = client();
    envoy.send({ resourceNames: ['later'] });
    await settled();
    expect(envoy.waiting).toBe(0);
    snapshot.set('later', trust, 0);
    expect((await envoy.next()).secret.name).toBe('later');
  });

  it('with two names gets both, one after the other', async () => {
    const envoy = client();
    envoy.send({ resourceNames: ['identity', 'trust'] });
    expect([await accept(envoy, ['identity', 'trust']), await accept(envoy, ['identity', 'trust'])]).toEqual(['identity', 'trust']);
  });

  it('that names the same secret twice gets it once', async () => {
    const envoy = client();
    envoy.send({ resourceNames: ['trust', 'trust'] });
    await accept(envoy, ['trust', 'trust']);
    await settled();
    expect(envoy.waiting).toBe(0);
  });

  it('that names nothing gets nothing and lives on', async () => {
    const envoy = client();
    envoy.send({ resourceNames: [] });
    await settled();
    expect(envoy.waiting).toBe(0);
    envoy.send({ resourceNames: ['trust'] });
    expect((await envoy.next()).secret.name).toBe('trust');
  });

  it('that comes back with the version it had is answered all the same: another context may wait for it', async () => {
    const first = client();
    first.send({ resourceNames: ['trust'] });
    const { response } = await first.next();
    first.close();
    const again = client();
    again.send({ resourceNames: ['trust'], versionInfo: response.versionInfo });
    expect((await again.next()).response.versionInfo).toBe(response.versionInfo);
  });

  it('that gives a name up hears no more of it', async () => {
    const envoy = client();
    envoy.send({ resourceNames: ['identity', 'trust'] });
    await accept(envoy, ['trust']);
    await accept(envoy, ['trust']);
    snapshot.set('identity', identity, 1);
    await settled();
    expect(envoy.waiting).toBe(0);
  });

  it('that answers with a stale nonce is not believed', async () => {
    const envoy = client();
    envoy.send({ resourceNames: ['trust'] });
    const { response } = await envoy.next();
    envoy.send({ resourceNames: ['trust'], versionInfo: response.versionInfo, responseNonce: 'older' });
    await settled();
    expect(heard.map(({ kind }) => kind)).toContain('stale');
    expect(heard.map(({ kind }) => kind)).not.toContain('acknowledged');
  });

  it('that refuses gets silence until there is something else', async () => {
    const envoy = client();
    envoy.send({ resourceNames: ['trust'] });
    const { response } = await envoy.next();
    envoy.send({ resourceNames: ['trust'], responseNonce: response.nonce, errorDetail: { code: 3, message: 'bad' } });
    await settled();
    expect(envoy.waiting).toBe(0);
    snapshot.set('trust', trust, 1);
    expect((await envoy.next()).response.versionInfo).not.toBe(response.versionInfo);
  });

  it('may leave the type out, and gets no answer to another type', async () => {
    const envoy = client();
    envoy.send({ typeUrl: 'type.googleapis.com/envoy.config.cluster.v3.Cluster', resourceNames: ['trust'] });
    await settled();
    expect(envoy.waiting).toBe(0);
    envoy.send({ typeUrl: SECRET_TYPE_URL, resourceNames: ['trust'] });
    await envoy.next();
  });

  it('that does not read costs one response, however often its secret changes, and then gets the newest', async () => {
    const slow = client();
    slow.send({ resourceNames: ['trust'] });
    const { response } = await slow.next();
    for (let revision = 1; revision <= 1_000; revision += 1) snapshot.set('trust', trust, revision);
    await settled();
    expect(slow.waiting).toBe(0);
    slow.send({ resourceNames: ['trust'], versionInfo: response.versionInfo, responseNonce: response.nonce });
    expect((await slow.next()).response.versionInfo).toMatch(/\.1000$/);
  });

  it.each([
    ['garbage', Buffer.from([0, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff])],
    ['a frame that announces more than any request has', Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 1])],
    ['a compressed frame that was never agreed upon', Buffer.from([1, 0, 0, 0, 1, 0])],
  ])('of %s ends, and no other one', async (_what, bytes) => {
    const rude = client();
    const ended = rude.ended();
    rude.write(bytes);
    expect(await ended).not.toBe('0');
    await settled();
  });

  it('that ends in the middle of a frame takes nobody with it', async () => {
    const rude = client();
    const ended = rude.ended();
    rude.write(Buffer.from([0, 0, 0, 0, 9, 1]));
    rude.finish();
    await ended;
    await settled();
  });

  it.each(['FetchSecrets', 'DeltaSecrets'])('of %s is told that there is no such thing (UNIMPLEMENTED)', async (method) => {
    const other = new SdsClient(socket.path, 'localhost', method);
    clients.push(other);
    const ended = other.ended();
    other.send({ resourceNames: ['trust'] });
    expect(await ended).toBe('12');
    await settled();
  });
});

describe('many streams', () => {
  /** Tells how many streams wait for changes. */
  class WatchedSnapshot extends Snapshot {
    watching = 0;

    override watch(watcher: () => void): () => void {
      this.watching += 1;
      const unwatch = super.watch(watcher);
      return () => {
        this.watching -= 1;
        unwatch();
      };
    }
  }
  const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length;

  it('two hundred at once, each answered, and each told of a change', async () => {
    serve();
    snapshot.set('trust', trust, 0);
    const all = Array.from({ length: 200 }, () => client());
    for (const each of all) each.send({ resourceNames: ['trust'] });
    const first = await Promise.all(all.map((each) => each.next()));
    all.forEach((each, index) => each.send({ resourceNames: ['trust'], versionInfo: first[index]!.response.versionInfo, responseNonce: first[index]!.response.nonce }));
    snapshot.set('trust', trust, 1);
    const second = await Promise.all(all.map((each) => each.next()));
    expect(new Set(second.map(({ response }) => response.versionInfo)).size).toBe(1);
    expect(second[0]!.response.versionInfo).not.toBe(first[0]!.response.versionInfo);
  });

  it('a thousand that come and go leave nothing behind: no socket, nobody who waits', async () => {
    const watched = new WatchedSnapshot();
    snapshot = watched;
    serve();
    snapshot.set('trust', trust, 0);
    const before = sockets();
    for (let round = 0; round < 50; round += 1) {
      const all = Array.from({ length: 20 }, () => new SdsClient(socket.path));
      for (const each of all) each.send({ resourceNames: ['trust'] });
      await Promise.all(all.map((each) => each.next()));
      for (const each of all) each.close();
    }
    await expect.poll(() => [watched.watching, sockets()], { timeout: 10_000 }).toEqual([0, before]);
    expect(heard.filter(({ kind }) => kind === 'closed')).toHaveLength(1_000);
  });
});

describe('the SDS socket', () => {
  it('lets nobody but its owner in', async () => {
    expect((await stat(socket.path)).mode & 0o077).toBe(0);
  });

  it('is refused when another process serves the path', async () => {
    await expect(bindSocket(socket.path)).rejects.toMatchObject({ code: 'directory-in-use' });
  });

  it('is refused when the path is longer than a socket address, which Node would cut', async () => {
    await expect(bindSocket(join(directory, 'x'.repeat(100)))).rejects.toMatchObject({ code: 'directory-unusable' });
  });
});
