import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Kind } from '../../src/config/source-reference.ts';
import { openFile } from '../../src/source/file.ts';

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----\n';
const ISSUER = '-----BEGIN CERTIFICATE-----\nQg==\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nQw==\n-----END PRIVATE KEY-----\n';

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'file-source-'));
});
afterEach(() => fs.rmSync(root, { recursive: true }));

function put(name: string, content: string | Buffer): string {
  const location = path.join(root, name);
  fs.mkdirSync(path.dirname(location), { recursive: true });
  fs.writeFileSync(location, content);
  return location;
}

function read(kind: Kind, location: string) {
  return openFile(kind, { scheme: 'file', text: `file:${location}`, path: location }).fetch(new AbortController().signal);
}

async function document(kind: Kind, location: string): Promise<unknown> {
  return JSON.parse((await read(kind, location)).text.reveal());
}

test('a secret document passes as it is, for both kinds', async () => {
  const text = '{"Certificate":"c","Other":1}';
  const location = put('secret.json', text);
  expect((await read('identity', location)).text.reveal()).toBe(text);
  expect((await read('trust', location)).text.reveal()).toBe(text);
});

test('a PEM file with chain and key becomes an identity in our layout (promise 127)', async () => {
  const location = put('both.pem', `subject=x\n${KEY}${CERTIFICATE}${ISSUER}`);
  expect(await document('identity', location)).toEqual({ Certificate: CERTIFICATE + ISSUER, CertificateChain: '', PrivateKey: KEY });
});

test('a PEM file becomes a trust bundle', async () => {
  expect(await document('trust', put('ca.pem', CERTIFICATE))).toEqual({ TrustBundle: CERTIFICATE });
});

test('a mounted folder gives identity and trust under the names of Kubernetes (promise 127)', async () => {
  put('mounted/tls.crt', CERTIFICATE);
  put('mounted/tls.key', KEY);
  put('mounted/ca.crt', ISSUER);
  const folder = path.join(root, 'mounted');
  expect(await document('identity', folder)).toEqual({ Certificate: CERTIFICATE, CertificateChain: '', PrivateKey: KEY });
  expect(await document('trust', folder)).toEqual({ TrustBundle: ISSUER });
  put('mounted/crl.pem', 'revoked');
  expect(await document('trust', folder)).toEqual({ TrustBundle: `${ISSUER}\nrevoked` });
});

test('the version changes with the content and only with it', async () => {
  const location = put('ca.pem', CERTIFICATE);
  const first = await read('trust', location);
  put('ca.pem', CERTIFICATE);
  expect((await read('trust', location)).version).toBe(first.version);
  put('ca.pem', ISSUER);
  expect((await read('trust', location)).version).not.toBe(first.version);
});

test('certificate and key are of one generation while ..data is swapped and the old one removed', async () => {
  const folder = path.join(root, 'volume');
  fs.mkdirSync(folder);
  const publish = (generation: number): void => {
    put(`volume/..${generation}/tls.crt`, `${generation}`);
    put(`volume/..${generation}/tls.key`, `${generation}`);
    fs.symlinkSync(`..${generation}`, path.join(folder, '..new'));
    fs.renameSync(path.join(folder, '..new'), path.join(folder, '..data'));
    if (generation > 0) fs.rmSync(path.join(folder, `..${generation - 1}`), { recursive: true });
  };
  publish(0);
  for (const name of ['tls.crt', 'tls.key']) fs.symlinkSync(`..data/${name}`, path.join(folder, name));
  for (let generation = 1; generation <= 200; generation++) {
    const reading = document('identity', folder);
    // a different number of turns each time lets the swap fall between any two steps of the reading
    for (let turn = 0; turn < generation % 40; turn++) await new Promise((resolve) => setImmediate(resolve));
    publish(generation);
    const { Certificate, PrivateKey } = (await reading) as { Certificate: string; PrivateKey: string };
    expect(PrivateKey).toBe(Certificate);
  }
});

test('a folder behind a symlink is read in what the symlink points to', async () => {
  put('one/tls.crt', 'one');
  put('one/tls.key', 'one');
  fs.symlinkSync('one', path.join(root, 'current'));
  expect(await document('identity', path.join(root, 'current'))).toMatchObject({ Certificate: 'one', PrivateKey: 'one' });
});

test.each([
  ['a missing file', () => path.join(root, 'none.pem'), 'source-not-found', /none\.pem does not exist$/],
  ['a folder without a key', () => path.dirname(put('half/tls.crt', CERTIFICATE)), 'source-not-found', /half\/tls\.key does not exist$/],
  ['a path below a file', () => path.join(put('ca.pem', CERTIFICATE), 'x'), 'source-not-found', /does not exist$/],
  ['a file that is too large', () => put('large.pem', Buffer.alloc(1_048_577, 'a')), 'document-unreadable', /large\.pem has 1048577 bytes, expected at most 1048576$/],
  ['a binary file', () => put('x.p12', Buffer.from([0x30, 0x82, 0xff])), 'document-unreadable', /x\.p12 is not UTF-8 text$/],
  ['a device', () => '/dev/null', 'document-unreadable', /^\/dev\/null is not a regular file$/],
])('%s is refused with its path', async (_what, location, code, message) => {
  await expect(read('identity', location())).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
});

test('a FIFO that nobody writes does not hold the agent', async () => {
  const location = path.join(root, 'fifo');
  execFileSync('mkfifo', [location]);
  await expect(read('trust', location)).rejects.toMatchObject({ code: 'document-unreadable' });
});

test('a file without read permission is access denied', async () => {
  const location = put('secret.json', '{}');
  fs.chmodSync(location, 0);
  // root reads everything: be nobody for the length of the fetch
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  try {
    await expect(read('identity', location)).rejects.toMatchObject({ code: 'access-denied', exitCode: 77, message: `${location} cannot be read: permission denied` });
  } finally {
    if (root) process.seteuid?.(0);
  }
});

test('an aborted fetch does not read', async () => {
  const source = openFile('trust', { scheme: 'file', text: 'file:/x', path: '/x' });
  await expect(source.fetch(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
});
