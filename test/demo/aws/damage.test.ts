import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { type Damage, damaged, isDamage } from '../../../src/demo/aws/damage.ts';
import { type HttpReply, type HttpServer, listen } from '../../../src/demo/aws/http.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';

const WHOLE: HttpReply = { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: '{"SecretString":"one"}' };
const clock = new FakeClock();
const closing = new AbortController();

let server: HttpServer | undefined;
afterEach(() => server?.close());

/** What arrives of an answer that is damaged like this. */
async function receive(damage: Damage): Promise<{ type: string | undefined; body: string }> {
  server = await listen(0, () => Promise.resolve(damaged(WHOLE, damage, clock, closing.signal)));
  const { url } = server;
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url).once('response', resolve).once('error', reject).end();
  });
  return { type: incoming.headers['content-type'], body: await text(incoming) };
}

describe('an answer', () => {
  it('can be somebody else\'s page', async () => {
    expect(await receive({ kind: 'wrong-body' })).toEqual({ type: 'text/html', body: expect.stringMatching(/^<html>/) as string });
  });

  it('can be half of itself and look whole', async () => {
    expect(await receive({ kind: 'half-body' })).toMatchObject({ body: '{"SecretStr' });
  });

  it('can end in the middle', async () => {
    await expect(receive({ kind: 'cut-body' })).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('can call itself something else', async () => {
    expect(await receive({ kind: 'wrong-content-type' })).toEqual({ type: 'text/html', body: WHOLE.body });
  });

  it('can be missing altogether', async () => {
    await expect(receive({ kind: 'reset' })).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('can come byte by byte', async () => {
    const answer = receive({ kind: 'slow-drip', everyMs: 1000 });
    for (let byte = 0; byte < WHOLE.body.length; byte++) {
      await expect.poll(() => clock.sleeps).toEqual([1000]);
      await clock.advance(1000);
    }
    expect(await answer).toMatchObject({ body: WHOLE.body });
  });
});

it('tells damage from what AWS itself answers', () => {
  expect(isDamage({ kind: 'reset' })).toBe(true);
  expect(isDamage({ kind: 'throttle' })).toBe(false);
  expect(isDamage(undefined)).toBe(false);
});
