import { get } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ColorTeller, startColorTeller } from '../../src/demo/color-teller.ts';
import { freePort } from '../../src/demo/ports.ts';

let port: number;
let teller: ColorTeller;
beforeEach(async () => {
  port = await freePort();
  teller = await startColorTeller(port);
});
afterEach(() => teller.close());

function ask(headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, headers, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.once('end', () => resolve(body));
    }).once('error', reject);
  });
}

it('answers with a colour in plain text (promise 15)', async () => {
  expect(await ask()).toBe('yellow\n');
  expect(teller.requests).toBe(1);
  expect(teller.seen).toBeUndefined();
});

it('remembers the client certificate that Envoy tells it about', async () => {
  await ask({
    'x-forwarded-client-cert': 'Subject="CN=colorgateway,O=Example";DNS=a.example;DNS=b.example',
    'x-peer-serial': '0a1b',
    'x-peer-issuer': 'CN=ca',
    'x-peer-not-after': '2027-01-01T00:00:00.000Z',
  });
  expect(teller.seen).toEqual({ subject: 'CN=colorgateway,O=Example', names: ['a.example', 'b.example'], serial: '0a1b', issuer: 'CN=ca', notAfter: '2027-01-01T00:00:00Z' });
});

it('says which port is taken', async () => {
  await expect(startColorTeller(port)).rejects.toMatchObject({ code: 'address-in-use', message: expect.stringContaining(`127.0.0.1:${port}`) as string });
});
