import { describe, expect, it } from 'vitest';
import { formatPem, parsePem } from '../../src/material/pem.ts';

const der = Buffer.from('a certificate would stand here, long enough for two lines of 64 columns');
const block = formatPem('CERTIFICATE', der);
const labels = (text: string): string[] => parsePem(text).map(({ label }) => label);

describe('PEM text', () => {
  it.each([
    ['LF', block],
    ['CRLF', block.replaceAll('\n', '\r\n')],
    ['CR', block.replaceAll('\n', '\r')],
    ['a byte order mark', `\uFEFF${block}`],
    ['no final newline', block.trimEnd()],
    ['stray text around it', `subject=/CN=x\nBag Attributes\n    localKeyID: 01\n${block}that was it`],
    ['line breaks that arrived as two characters', block.replaceAll('\n', '\\n')],
    ['line breaks that became spaces', block.replaceAll('\n', ' ')],
    ['no line breaks in its body', `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----`],
    ['spaces at the ends of its lines', block.replaceAll('\n', '  \n')],
  ])('is read with %s, and comes out normalised (promise 121)', (_what, text) => {
    expect(parsePem(text)).toEqual([{ label: 'CERTIFICATE', der, headers: '', text: block }]);
  });

  it('may hold several blocks that touch', () => {
    expect(labels(block.trimEnd() + block.trimEnd())).toEqual(['CERTIFICATE', 'CERTIFICATE']);
  });

  it.each(['X509 CERTIFICATE', 'TRUSTED CERTIFICATE', 'EC PARAMETERS', 'ENCRYPTED PRIVATE KEY'])('keeps the label %s', (label) => {
    expect(labels(formatPem(label, der))).toEqual([label]);
  });

  it('keeps the headers that mark an encrypted key', () => {
    const headers = 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n';
    expect(parsePem(formatPem('RSA PRIVATE KEY', der, headers))).toEqual([{ label: 'RSA PRIVATE KEY', der, headers, text: formatPem('RSA PRIVATE KEY', der, headers) }]);
  });

  it.each([
    ['never ends', block.slice(0, 80)],
    ['ends as another one', block.replace('END CERTIFICATE', 'END PUBLIC KEY')],
    ['has no begin', block.slice(30)],
  ])('has no block where one %s', (_how, text) => {
    expect(labels(text)).toEqual([]);
  });

  it('finds the block after one that was cut', () => {
    expect(parsePem(block.slice(0, 80) + formatPem('CERTIFICATE', Buffer.from('whole'))).map((found) => found.der.toString())).toEqual(['whole']);
  });

  it.each([
    ['begins', '-----BEGIN A-----\n'],
    ['half begins', '-----BEGIN '],
    ['header lines', 'a:\n'],
    ['blank lines', '\n'],
  ])('takes a mebibyte of %s in less than a second', (_what, line) => {
    const text = `-----BEGIN KEY-----\n${line.repeat(1_048_576 / line.length)}`;
    const start = performance.now();
    parsePem(text);
    parsePem(`${text}-----END KEY-----`);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
