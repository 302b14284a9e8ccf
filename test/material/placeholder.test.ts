import { describe, expect, it } from 'vitest';
import { isPlaceholder } from '../../src/material/placeholder.ts';
import { createPki } from '../fixtures/pki.ts';

describe('a placeholder', () => {
  it.each(['tempcert', 'tempkey', 'PLACEHOLDER', 'placeholder-key', 'changeme', 'change-me', 'REPLACE_ME', 'todo', 'TBD', 'null', '<certificate>', '${CERTIFICATE}', '{{ .Values.key }}', 'xxxx', '...', ' tempchain\n'])(
    'is recognised: %j',
    (text) => {
      expect(isPlaceholder(text)).toBe(true);
    },
  );

  it('is neither a certificate, nor nothing, nor any other text', async () => {
    const { gateway } = await createPki();
    for (const text of [gateway.leaf.certificatePem, '', 'correct-horse-battery-staple', `temp${'x'.repeat(60)}`, '<a>b</a>']) expect(isPlaceholder(text)).toBe(false);
  });
});
