import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Generation, succeed } from '../../src/generation/generation.ts';
import { parseIdentity } from '../../src/material/identity.ts';
import type { Identity, Material, TrustBundle } from '../../src/material/material.ts';
import { parseTrust } from '../../src/material/trust.ts';
import { Acknowledgements } from '../../src/sds/acknowledgements.ts';
import { serveSds } from '../../src/sds/server.ts';
import { Snapshot } from '../../src/sds/snapshot.ts';
import { type BoundSocket, bindSocket } from '../../src/sds/socket.ts';
import { SdsSink } from '../../src/sink/sds.ts';
import { memoryDirectory } from '../fixtures/directory.ts';
import { NOW, createRoot, createSide, identitySecret, trustSecret } from '../fixtures/pki.ts';
import { SdsClient } from '../fixtures/sds-client.ts';

let leaf: Identity;
let renewed: Identity;
let old: TrustBundle;
let young: TrustBundle;
beforeAll(async () => {
  const parse = async (): Promise<Identity> => parseIdentity({ version: 'v', text: identitySecret((await createSide('colorgateway')).leaf) }, { roles: ['client'], names: [], now: NOW });
  [leaf, renewed] = [await parse(), await parse()];
  const bundle = async (name: string): Promise<TrustBundle> => parseTrust([{ version: 'v', text: trustSecret(await createRoot(name)) }], NOW);
  [old, young] = [await bundle('old'), await bundle('young')];
});

/** One subscription of Envoy, which has a stream per secret. */
class Subscriber {
  readonly #client: SdsClient;
  readonly #name: string;
  #last: Awaited<ReturnType<SdsClient['next']>>['response'] | undefined;

  constructor(path: string, name: string) {
    this.#name = name;
    this.#client = new SdsClient(path);
    this.#client.send({ resourceNames: [name] });
  }

  /** The next push: its version, what it holds as text, and its bytes. */
  async next(): Promise<{ version: string; text: string; bytes: Uint8Array }> {
    const { response, secret } = await this.#client.next();
    this.#last = response;
    const source = secret.type.case === 'tlsCertificate' ? secret.type.value.certificateChain : secret.type.case === 'validationContext' ? secret.type.value.trustedCa : undefined;
    return { version: response.versionInfo, text: Buffer.from(source?.specifier.value ?? '').toString(), bytes: response.resources[0]!.value };
  }

  acknowledge(): void {
    this.#client.send({ resourceNames: [this.#name], versionInfo: this.#last!.versionInfo, responseNonce: this.#last!.nonce });
  }

  refuse(message: string): void {
    this.#client.send({ resourceNames: [this.#name], responseNonce: this.#last!.nonce, errorDetail: { code: 13, message } });
  }

  async take(): Promise<string> {
    const { text } = await this.next();
    this.acknowledge();
    return text;
  }

  get waiting(): number {
    return this.#client.waiting;
  }

  close(): void {
    this.#client.close();
  }
}

let socket: BoundSocket;
let sink: SdsSink;
let identity: Subscriber;
let trust: Subscriber;
beforeEach(async () => {
  socket = await bindSocket(join(await memoryDirectory(), 'sds.sock'));
  const [snapshot, acknowledgements] = [new Snapshot(), new Acknowledgements()];
  sink = new SdsSink(snapshot, acknowledgements);
  serveSds(socket, snapshot, acknowledgements.observe);
  [identity, trust] = [new Subscriber(socket.path, 'identity'), new Subscriber(socket.path, 'trust')];
});
afterEach(async () => {
  identity.close();
  trust.close();
  await socket.close();
});

const generation = (of: Identity, anchors: TrustBundle): Generation => succeed(undefined, new Map<string, Material>([['identity', of], ['trust', anchors]]));
const publish = (next: Generation, signal = new AbortController().signal): Promise<void> => sink.publish(next, signal);

/** The first generation, acknowledged. */
async function deliver(): Promise<void> {
  const published = publish(generation(leaf, old));
  await trust.take();
  await identity.take();
  await published;
}

/** A round trip on a connection of its own: whatever was pushed before has arrived by then. */
async function roundTrip(): Promise<void> {
  const odd = new SdsClient(socket.path, 'not%2Fa-host');
  await odd.status();
  odd.close();
}

describe('delivery by SDS', () => {
  it('waits for the ACK of trust before it offers the identity', async () => {
    const published = publish(generation(leaf, old));
    expect((await trust.next()).text).toBe(old.pem);
    await roundTrip();
    expect(identity.waiting).toBe(0);
    trust.acknowledge();
    expect((await identity.next()).text).toBe(leaf.chainPem);
    identity.acknowledge();
    await published;
  });

  it('ends only when Envoy has acknowledged', async () => {
    const state = { over: false };
    const published = publish(generation(leaf, old)).then(() => (state.over = true));
    await trust.take();
    await identity.next();
    await roundTrip();
    expect(state.over).toBe(false);
    identity.acknowledge();
    await published;
  });

  it('pushes a renewed identity alone: an unchanged root is not sent again', async () => {
    await deliver();
    const published = publish(generation(renewed, old));
    expect(await identity.take()).toBe(renewed.chainPem);
    await published;
    await roundTrip();
    expect(trust.waiting).toBe(0);
  });

  it('adds the new anchor, moves the identity, removes the old anchor, each acknowledged before the next (promise 116)', async () => {
    await deliver();
    const published = publish(generation(renewed, young));
    const union = await trust.next();
    expect(union.text).toContain(young.pem.trim());
    expect(union.text).toContain(old.pem.trim());
    await roundTrip();
    expect(identity.waiting).toBe(0);
    trust.acknowledge();
    expect(await identity.take()).toBe(renewed.chainPem);
    expect(await trust.take()).toBe(young.pem);
    await published;
  });

  it("ends with Envoy's own words and the secret's name after a NACK", async () => {
    await deliver();
    const published = publish(generation(renewed, old));
    const refused = expect(published).rejects.toMatchObject({ code: 'delivery-refused', secret: 'identity', message: 'Envoy refused the secret identity: Failed to load private key' });
    await identity.next();
    identity.refuse('Failed to load private key');
    await refused;
  });

  it('offers everything with changed bytes after a NACK, for Envoy ignores what it has seen; trust still comes first', async () => {
    const first = publish(generation(leaf, old));
    const before = await trust.next();
    trust.acknowledge();
    const leafBefore = await identity.next();
    identity.acknowledge();
    await first;
    const refused = expect(publish(generation(renewed, old))).rejects.toMatchObject({ code: 'delivery-refused' });
    await identity.next();
    identity.refuse('bad');
    await refused;

    const back = publish(generation(leaf, old));
    const again = await trust.next();
    expect(again.version).not.toBe(before.version);
    expect(Buffer.from(again.bytes).equals(Buffer.from(before.bytes))).toBe(false);
    expect(again.text).toContain(old.pem);
    await roundTrip();
    expect(identity.waiting).toBe(0);
    trust.acknowledge();
    const leafAgain = await identity.next();
    expect(leafAgain.text).toContain(leaf.chainPem);
    expect(Buffer.from(leafAgain.bytes).equals(Buffer.from(leafBefore.bytes))).toBe(false);
    identity.acknowledge();
    await back;
  });

  it('needs nothing new from a source to be refused twice: the same offer fails at once', async () => {
    const refused = expect(publish(generation(leaf, old))).rejects.toMatchObject({ code: 'delivery-refused' });
    await trust.take();
    await identity.next();
    identity.refuse('bad');
    await refused;
    await expect(publish(generation(leaf, old))).rejects.toMatchObject({ code: 'delivery-refused' });
    expect(identity.waiting).toBe(0);
    const published = publish(generation(renewed, old));
    expect(await identity.take()).toBe(renewed.chainPem);
    await published;
  });

  it("ends with the signal's reason when nobody answers, and the offer stands for whoever comes later", async () => {
    await deliver();
    const stop = new AbortController();
    const published = publish(generation(renewed, old), stop.signal);
    await identity.next();
    const reason = new Error('too late');
    stop.abort(reason);
    await expect(published).rejects.toBe(reason);
    identity.acknowledge();
    await publish(generation(renewed, old));
  });

  it('takes an offer back that nobody answered when the last good generation is published again', async () => {
    await deliver();
    const stop = new AbortController();
    const published = publish(generation(renewed, old), stop.signal);
    await identity.next();
    stop.abort(new Error('too late'));
    await expect(published).rejects.toThrow('too late');
    const back = publish(generation(leaf, old));
    identity.acknowledge();
    expect(await identity.take()).toBe(leaf.chainPem);
    await back;
  });

  it('has nothing to wait for where nothing is needed', async () => {
    await publish(succeed(undefined, new Map()));
  });
});
