import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startMesh } from '../fixtures/running-mesh.ts';
import { SdsClient } from '../fixtures/sds-client.ts';

test('a second consumer that takes a secret back: the log tells, the wire is looked at again, and nothing changes', async () => {
  const { teller } = await startMesh();
  const { name } = (await teller.status()).secrets.find(({ kind }) => kind === 'identity')!;
  const client = new SdsClient(join(teller.directory, 'sds.sock'));
  onTestFinished(() => client.close());
  client.send({ resourceNames: [name] });
  const { response } = await client.next();
  const proofs = (): number => teller.events().filter(({ event }) => event === 'proven').length;
  const before = proofs();
  client.send({ resourceNames: [name], versionInfo: '', responseNonce: response.nonce, errorDetail: { code: 3, message: 'KEY_VALUES_MISMATCH' } });
  await expect.poll(proofs, { timeout: 10_000 }).toBe(before + 1);
  expect(teller.events().find(({ event }) => event === 'refused-late')).toMatchObject({ level: 'warn', code: 'delivery-refused', secret: name, message: `Envoy refused the secret ${name}: KEY_VALUES_MISMATCH` });
  expect((await teller.ask('/ready')).status).toBe(200);
  expect((await teller.status()).generation).toBe(1);
});
