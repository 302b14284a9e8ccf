import { describe, expect, it } from 'vitest';
import { LOG_LEVELS, type LogLevel, createLogger } from '../src/log.ts';
import { SecretText } from '../src/material/secret-text.ts';
import { FakeClock } from './fixtures/fake-clock.ts';
import { PASSPHRASE, createRoot, identitySecret, issueLeaf, plainKeyPem } from './fixtures/pki.ts';
import { acmEncryptedKeyPem } from '../src/demo/aws/acm-key.ts';

function transcript(threshold: LogLevel = 'debug'): { lines: string[]; log: ReturnType<typeof createLogger> } {
  const lines: string[] = [];
  return { lines, log: createLogger(new FakeClock('2026-11-23T12:00:00Z'), threshold, (line) => lines.push(line)) };
}

describe('the log', () => {
  it('is one JSON object a line: time, level, event, then the fields', () => {
    const { lines, log } = transcript();
    log.info('delivered', { generation: 3, text: 'two\nlines' });
    expect(lines).toEqual(['{"time":"2026-11-23T12:00:00.000Z","level":"info","event":"delivered","generation":3,"text":"two\\nlines"}\n']);
  });

  it.each<[LogLevel, number]>([['error', 1], ['warn', 2], ['info', 3], ['debug', 4]])('at %s writes that level and what is graver', (threshold, count) => {
    const { lines, log } = transcript(threshold);
    for (const level of LOG_LEVELS) log[level]('x');
    expect(lines).toHaveLength(count);
  });

  it('prints the message of an error and nothing else of it', () => {
    const { lines, log } = transcript();
    log.error('x', { cause: Object.assign(new Error('refused'), { body: 'the whole answer' }) });
    expect(JSON.parse(lines[0]!)).toMatchObject({ cause: 'refused' });
  });
});

describe('secrets in the log (promises 5, 129)', () => {
  it('cuts out a private key, plain or encrypted, wherever it stands in a field', async () => {
    const { key } = await issueLeaf(await createRoot('root'), 'colorgateway');
    const { lines, log } = transcript();
    for (const pem of [plainKeyPem(key), acmEncryptedKeyPem(key, PASSPHRASE)]) {
      const body = pem.split('\n')[1]!;
      log.error('x', { message: `before ${pem} after`, deep: { list: [pem] }, cause: new Error(pem), cut: pem.slice(0, pem.length / 2) });
      expect(lines.join('')).not.toContain(body);
    }
    expect(JSON.parse(lines[0]!)).toMatchObject({ message: 'before [private key redacted]\n after', cause: '[private key redacted]\n' });
  });

  it('prints a secret document and a passphrase as redacted', async () => {
    const leaf = await issueLeaf(await createRoot('root'), 'colorgateway');
    const { lines, log } = transcript();
    log.info('x', { document: identitySecret(leaf), passphrase: new SecretText(PASSPHRASE) });
    expect(JSON.parse(lines[0]!)).toMatchObject({ document: '[redacted]', passphrase: '[redacted]' });
  });
});
