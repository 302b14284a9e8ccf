import { spawn } from 'node:child_process';
import { type KeyObject, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Fault } from '../../src/demo/aws/fault.ts';
import { SECRETS } from '../../src/demo/credentials.ts';
import { clientsOf } from '../fixtures/aws.ts';
import { memoryDirectory } from '../fixtures/directory.ts';
import { PASSPHRASE, createPki, identitySecret, plainKeyPem } from '../fixtures/pki.ts';
import type { RunningAgent } from '../fixtures/running-agent.ts';
import { type Mesh, createMesh } from '../fixtures/running-mesh.ts';
import { SdsClient } from '../fixtures/sds-client.ts';
import { FORMS, hunt, placesOf, secretsOfDocument, secretsOfKey } from '../fixtures/secret-hunt.ts';

const DEBUG = { MTLS_LOG: 'debug' };
const TALKATIVE = ['--log-level', 'debug'];
const never = new AbortController().signal;

describe('the hunt itself', () => {
  const secret = randomBytes(24);

  test.each(Object.keys(FORMS))('finds a secret as %s, in the midst of other text and broken into lines', (form) => {
    const written = form.startsWith('base64')
      ? ['', 'x', 'xy'].map((before) => Buffer.concat([Buffer.from(before), secret, Buffer.from('neighbour')]).toString(form as 'base64'))
      : FORMS[form]!(secret);
    for (const text of written) {
      const found = (place: string): string[] => hunt(new Map([['it', secret]]), new Map([['here', place]]));
      expect(found(`{"event":"x","message":"${text}"}`)).toContain(`it as ${form} in here`);
      // breaking bytes into lines would break other forms apart
      if (!/raw|JSON/.test(form)) expect(found(text.replace(/.{16}/g, '$&\\n'))).toContain(`it as ${form} in here`);
    }
  });

  test('finds each line of a stored key and its passphrase, and the scalar of a key in whatever wraps it', async () => {
    const { gateway } = await createPki();
    const text = identitySecret(gateway.leaf).reveal();
    const secrets = new Map([...secretsOfDocument('stored', text), ...secretsOfKey('gateway', gateway.leaf.key)]);
    const found = (place: string): string[] => hunt(secrets, new Map([['here', place]]));
    for (const way of [text, JSON.stringify(text), Buffer.from(text).toString('base64'), Buffer.from(text).toString('hex')]) expect(new Set(found(way).map((line) => line.replace(/ as .*/, '')))).toEqual(new Set(secretsOfDocument('stored', text).map(([label]) => label)));
    expect(found(plainKeyPem(gateway.leaf.key)).join('\n')).toContain('gateway key scalar as base64');
    expect(found(gateway.leaf.key.export({ type: 'sec1', format: 'der' }).toString('hex')).join('\n')).toContain('gateway key scalar as hex');
    expect(found(gateway.leaf.certificatePem + gateway.leaf.chainPem)).toEqual([]);
  });

  test('finds it in the arguments, the environment and a file of a process', async () => {
    const directory = await memoryDirectory();
    await writeFile(join(directory, 'dump'), `before ${PASSPHRASE} after`);
    const child = spawn('/bin/sleep', ['60'], { argv0: PASSPHRASE, env: { WHERE: directory, SECRET: Buffer.from(PASSPHRASE).toString('base64') }, stdio: 'ignore' });
    onTestFinished(() => void child.kill());
    const found = (): string[] => hunt(new Map([['it', Buffer.from(PASSPHRASE)]]), placesOf(directory, directory)).map((line) => line.replace(/(the \w+).*/, '$1'));
    await expect.poll(found, { timeout: 5_000 }).toEqual(expect.arrayContaining(['it as raw in the arguments', 'it as base64 in the environment', 'it as raw in the file']));
  });
});

/** Watches an agent until it has ended or `enough`: what it writes, and what it, its Envoy and its directory show meanwhile. */
function watch(agent: RunningAgent): { places: () => Promise<Map<string, string>> } {
  const seen = new Map<string, string>();
  const over = new AbortController();
  void agent.exited.then(() => over.abort());
  const looking = (async () => {
    while (!over.signal.aborted) {
      for (const [place, text] of placesOf(agent.directory, agent.directory)) if (!(seen.get(place) ?? '').includes(text)) seen.set(place, (seen.get(place) ?? '') + text);
      await systemClock.sleep(25, over.signal).catch(() => undefined);
    }
  })();
  return {
    async places() {
      over.abort();
      await looking;
      return new Map([...seen, ['the output', agent.output()]]);
    },
  };
}

/** What is stored under a name now, and the key that is in it, as what to look for. */
async function stored({ aws }: Mesh, secretId: string): Promise<[string, Buffer][]> {
  const { secretsManager } = clientsOf(aws);
  const { SecretString = '', VersionId = '' } = await secretsManager.send(new GetSecretValueCommand({ SecretId: secretId }));
  return secretsOfDocument(`${secretId} ${VersionId}`, SecretString);
}

function expectNothing(secrets: readonly [string, Buffer][], places: Map<string, string>): void {
  expect([...places.keys()]).toEqual(expect.arrayContaining(['the output', expect.stringMatching(/^the environment of /) as string, expect.stringMatching(/^the arguments of /) as string]));
  expect(secrets.length).toBeGreaterThan(5);
  expect(hunt(new Map(secrets), places)).toEqual([]);
  // what was looked through is the real thing: put one of them there, and it is found
  const [[label, secret] = ['', Buffer.alloc(0)]] = secrets;
  expect(hunt(new Map([[label, secret]]), new Map([...places, ['the output', `${places.get('the output') ?? ''}${secret.toString('latin1')}`]]))).not.toEqual([]);
}

test('a mesh that starts, serves, rotates, is given bad secrets and a NACK tells none of them (promise 129)', async () => {
  const mesh = await createMesh();
  const [teller, gateway] = await Promise.all((['teller', 'gateway'] as const).map((end) => mesh.start(end, { environment: DEBUG, envoyArguments: TALKATIVE })));
  const watches = [watch(teller!), watch(gateway!)];
  await Promise.all([teller!.ready(), gateway!.ready()]);
  await mesh.ask();
  const secrets = [...(await stored(mesh, SECRETS.teller)), ...(await stored(mesh, SECRETS.gateway)), ...secretsOfKey('teller', mesh.first.teller.issued.key), ...secretsOfKey('gateway', mesh.first.gateway.issued.key)];

  const renewed = await mesh.renew('gateway');
  secrets.push(...(await stored(mesh, SECRETS.gateway)), ...secretsOfKey('renewed', renewed.issued.key));
  gateway!.signal('SIGHUP');
  await gateway!.took(renewed.version);
  for (const [code, text] of badSecrets(JSON.parse(await reveal(mesh, SECRETS.gateway)) as Document)) {
    const version = await mesh.put(SECRETS.gateway, text);
    secrets.push(...lettersOf(code, text));
    gateway!.signal('SIGHUP');
    await expect.poll(async () => (await gateway!.status()).secrets.find(({ kind }) => kind === 'identity')?.problem?.code, { timeout: 5_000, message: `${code} ${version}` }).toBe(code);
  }
  const refused = await nack(mesh, gateway!);
  secrets.push(...(await stored(mesh, SECRETS.gateway)), ...secretsOfKey('refused', refused));
  await mesh.ask();

  for (const [index, agent] of [teller!, gateway!].entries()) {
    const places = await watches[index]!.places();
    for (const path of ['/certs', '/config_dump', '/stats', '/server_info']) places.set(`Envoy's ${path}`, await agent.envoy.get(path, never));
    for (const path of ['/status', '/ready', '/live', '/']) places.set(`our ${path}`, (await agent.ask(path)).body);
    // Envoy at this level tells every request of its own
    expect(places.get('the output')).toMatch(/\]\[debug\]\[/);
    expectNothing(secrets, places);
  }
});

interface Document {
  readonly Certificate: string;
  readonly PrivateKey: string;
  readonly Passphrase: string;
}

async function reveal({ aws }: Mesh, secretId: string): Promise<string> {
  return (await clientsOf(aws).secretsManager.send(new GetSecretValueCommand({ SecretId: secretId }))).SecretString!;
}

/** Secrets with something of a real one in them, each bad in a way of its own. */
function badSecrets(good: Document): readonly (readonly [code: string, text: string])[] {
  const stranger = plainKeyPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  const text = JSON.stringify(good);
  return [
    ['key-passphrase-wrong', JSON.stringify({ ...good, Passphrase: 'tr0ub4dor-and-three-more' })],
    ['key-mismatch', JSON.stringify({ ...good, PrivateKey: stranger, Passphrase: undefined })],
    ['document-unreadable', text.slice(0, -20)],
    ['layout-unknown', `[${text}]`],
    ['layout-unknown', JSON.stringify({ cert: good.Certificate, key: good.PrivateKey, pass: good.Passphrase })],
  ];
}

/** Every longer piece of a secret that need not be JSON, but for its certificates. */
function lettersOf(label: string, text: string): [string, Buffer][] {
  const pieces = text.replaceAll(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs, '').split(/\\n|["{}[\],:]/);
  return pieces.filter((piece) => piece.length >= 20 && !piece.startsWith('-----')).map((piece, index) => [`${label} piece ${index}`, Buffer.from(piece)]);
}

/** Refuses a renewed key as a second client of the agent's SDS, before Envoy, which is halted, can take it; resolves to that key. */
async function nack(mesh: Mesh, agent: RunningAgent): Promise<KeyObject> {
  const { envoy, secrets } = await agent.status();
  const name = secrets.find(({ kind }) => kind === 'identity')!.name;
  const client = new SdsClient(join(agent.directory, 'sds.sock'));
  onTestFinished(() => client.close());
  client.send({ resourceNames: [name] });
  const { response: first } = await client.next();
  client.send({ resourceNames: [name], versionInfo: first.versionInfo, responseNonce: first.nonce });
  process.kill(envoy.pid, 'SIGSTOP');
  const { issued } = await mesh.renew('gateway');
  agent.signal('SIGHUP');
  const { response } = await client.next();
  client.send({ resourceNames: [name], versionInfo: first.versionInfo, responseNonce: response.nonce, errorDetail: { code: 3, message: 'Failed to load private key' } });
  await expect.poll(() => agent.events().filter(({ event, code }) => event === 'delivery-failed' && code === 'delivery-refused').length, { timeout: 10_000 }).toBe(1);
  process.kill(envoy.pid, 'SIGCONT');
  await expect.poll(() => agent.events().some(({ event }) => event === 'went-back'), { timeout: 10_000 }).toBe(true);
  return issued.key;
}

/** Starts that fail, with a real secret behind each of them. */
const FAILING: Readonly<Record<string, Fault>> = {
  throttled: { kind: 'throttle' },
  'out-of-order': { kind: 'server-error' },
  halved: { kind: 'half-body' },
  cut: { kind: 'cut-body' },
  dripping: { kind: 'slow-drip', everyMs: 5 },
  denied: { kind: 'access-denied' },
  undecryptable: { kind: 'decryption-failure' },
  skewed: { kind: 'clock-skew', aheadMs: 3_600_000, as: 'InvalidSignatureException', dated: false },
};

test('a start that fails tells nothing of what it read (promise 129)', async () => {
  const mesh = await createMesh({ state: 'one-way', fault: ({ operation, resource = '' }) => (operation === 'GetSecretValue' ? FAILING[resource.replace('case/', '')] : undefined) });
  const text = await reveal(mesh, SECRETS.teller);
  const bad = badSecrets(JSON.parse(text) as Document).map(([code, content], index) => [`${code}-${index}`, content] as const);
  const cases = [...Object.keys(FAILING).map((name) => [name, text] as const), ...bad];
  for (const [name, content] of cases) {
    mesh.aws.secretsManager.create({ name: `case/${name}` });
    await mesh.put(`case/${name}`, content);
  }
  const secrets = [...(await stored(mesh, SECRETS.teller)), ...secretsOfKey('teller', mesh.first.teller.issued.key), ...bad.flatMap(([name, content]) => lettersOf(name, content))];
  await mkdir(join(mesh.place, 'material'));
  await writeFile(join(mesh.place, 'material', 'tls.crt'), mesh.first.teller.issued.certificatePem);
  await writeFile(join(mesh.place, 'material', 'tls.key'), (JSON.parse(text) as Document).PrivateKey);
  const sources = [...cases.map(([name]) => `secret:case/${name}`), `file:${join(mesh.place, 'material')}`];
  for (let next = 0; next < sources.length; next += 4) {
    await Promise.all(sources.slice(next, next + 4).map((source, index) => startAndHunt(mesh, source, `failing-${next + index}`, secrets)));
  }
});

async function startAndHunt(mesh: Mesh, source: string, name: string, secrets: readonly [string, Buffer][]): Promise<void> {
  const agent = await mesh.start('teller', { directory: join(mesh.place, name), environment: { ...DEBUG, MTLS_IDENTITY: source, MTLS_DEADLINE: '1s' }, envoyArguments: TALKATIVE });
  const { places } = watch(agent);
  expect([65, 69, 77], `${source}\n${agent.output()}`).toContain(await agent.exited);
  expectNothing(secrets, await places());
}
