import { describe, expect, it } from 'vitest';
import { Acknowledgements } from '../../src/sds/acknowledgements.ts';

const never = new AbortController().signal;

describe('an acknowledgement', () => {
  it('ends the wait for exactly that version of that name', async () => {
    const answers = new Acknowledgements();
    const state = { over: false };
    const waiting = answers.wait('trust', '2', never).then(() => (state.over = true));
    answers.observe(1, { kind: 'acknowledged', name: 'trust', version: '1' });
    answers.observe(1, { kind: 'acknowledged', name: 'identity', version: '2' });
    answers.observe(1, { kind: 'subscribed', names: ['trust'] });
    answers.observe(1, { kind: 'stale' });
    await Promise.resolve();
    expect(state.over).toBe(false);
    answers.observe(1, { kind: 'acknowledged', name: 'trust', version: '2' });
    await waiting;
  });

  it('that came before the wait counts', async () => {
    const answers = new Acknowledgements();
    answers.observe(1, { kind: 'acknowledged', name: 'trust', version: '1' });
    await answers.wait('trust', '1', never);
  });

  it('of an older version does not', async () => {
    const answers = new Acknowledgements();
    answers.observe(1, { kind: 'acknowledged', name: 'trust', version: '1' });
    await expect(answers.wait('trust', '2', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  it('stays when the stream that gave it is closed', async () => {
    const answers = new Acknowledgements();
    answers.observe(1, { kind: 'acknowledged', name: 'trust', version: '1' });
    answers.observe(1, { kind: 'closed' });
    await answers.wait('trust', '1', never);
  });
});

it("a refusal ends every wait for it with Envoy's words and the secret's name", async () => {
  const answers = new Acknowledgements();
  const waits = [answers.wait('identity', '1', never), answers.wait('identity', '1', never)];
  answers.observe(1, { kind: 'refused', name: 'identity', version: '1', message: 'Failed to load private key' });
  for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: 'delivery-refused', secret: 'identity', message: 'Envoy refused the secret identity: Failed to load private key' });
});

it("the signal's reason ends a wait", async () => {
  const stop = new AbortController();
  const waiting = new Acknowledgements().wait('trust', '1', stop.signal);
  const reason = new Error('SIGTERM');
  stop.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});

it('that another stream takes back is told, once and only for the version that was taken', () => {
  const answers = new Acknowledgements();
  const late: string[] = [];
  answers.onLateRefusal = ({ code, message }) => void late.push(`${code}: ${message}`);
  answers.observe(1, { kind: 'refused', name: 'identity', version: '1', message: 'nobody had taken it' });
  answers.observe(1, { kind: 'acknowledged', name: 'identity', version: '2' });
  answers.observe(2, { kind: 'refused', name: 'identity', version: '1', message: 'old' });
  expect(late).toEqual([]);
  answers.observe(1, { kind: 'acknowledged', name: 'identity', version: '2' });
  answers.observe(2, { kind: 'refused', name: 'identity', version: '2', message: 'KEY_VALUES_MISMATCH' });
  answers.observe(3, { kind: 'refused', name: 'identity', version: '2', message: 'again' });
  expect(late).toEqual(['delivery-refused: Envoy refused the secret identity: KEY_VALUES_MISMATCH']);
});
