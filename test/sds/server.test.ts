import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseIdentity } from '../../src/material/identity.ts';
import type { Identity, TrustBundle } from '../../src/material/material.ts';
import { parseTrust } from '../../src/material/trust.ts';
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

describe('the SDS socket', () => {
  it('is refused when another process serves the path', async () => {
    await expect(bindSocket(socket.path)).rejects.toMatchObject({ code: 'directory-in-use' });
  });

  it('is refused when the path is longer than a socket address, which Node would cut', async () => {
    await expect(bindSocket(join(directory, 'x'.repeat(100)))).rejects.toMatchObject({ code: 'directory-unusable' });
  });
});
