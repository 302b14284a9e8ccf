import { X509Certificate, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentError } from '../../src/errors.ts';
import type { Identity, TrustBundle } from '../../src/material/material.ts';
import { LONGEST_MESSAGE, digestOf, judge, leakIn, secretsIn } from '../fixtures/fuzz-verdict.ts';
import { NOW, PASSPHRASE } from '../fixtures/pki.ts';
import { createCorpus } from '../fixtures/secret-corpus.ts';
import { mutateSecret, seededRandom } from '../fixtures/secret-mutations.ts';

/** `FUZZ_RUNS=20000 FUZZ_SEED=7 npx vitest run --project unit test/fuzz` looks further. The keys are new in every run, what is done to them is not. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 250);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_123);

/** Opening a key and three handshakes take some 30 ms; the rest is for a machine that is busy. */
const LONGEST_MS = 3_000;

const openssl = spawnSync('openssl', ['version']).status === 0;
const directory = mkdtempSync(join(tmpdir(), 'fuzz-'));
afterAll(() => rmSync(directory, { recursive: true }));

let corpus: string[];
beforeAll(async () => {
  corpus = await createCorpus();
});

describe('a mutated secret', () => {
  it(`is delivered only if it can be used, and refused without crash, hang or leak (promises 122, 129; ${RUNS} runs of seed ${SEED})`, { timeout: 60_000 + RUNS * 400 }, async () => {
    const random = seededRandom(SEED);
    const seen = new Map<string, number>();
    const checked = new Set<string>();
    for (let run = 0; run < RUNS; run++) {
      const { text, how } = mutateSecret(corpus, random);
      const context = `run ${run}: ${how}`;
      const { verdicts, slowestMs } = await judge(text);
      expect(slowestMs, context).toBeLessThan(LONGEST_MS);
      const secrets = await secretsIn(text, PASSPHRASE);
      for (const verdict of verdicts) {
        const outcome = 'material' in verdict ? verdict.material.kind : checkRefusal(verdict.thrown, secrets, context);
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
        if (!('material' in verdict) || checked.has(digestOf(verdict.material))) continue;
        checked.add(digestOf(verdict.material));
        checkUsable(verdict.material, context);
      }
    }
    // a fuzzer that only breaks JSON proves nothing: both kinds survive, and the refusals are of many kinds
    expect(seen.get('identity')).toBeGreaterThan(RUNS / 10);
    expect(seen.get('trust')).toBeGreaterThan(RUNS / 10);
    expect(seen.size).toBeGreaterThan(10);
    if (process.env['FUZZ_RUNS'] !== undefined) process.stdout.write(`${JSON.stringify(Object.fromEntries(seen))}\n`);
  });

  it('comes from a corpus whose members are what they are meant to be', async () => {
    const kinds = await Promise.all(corpus.map(async (text) => (await judge(text)).verdicts.map((verdict) => ('material' in verdict ? verdict.material.kind : (verdict.thrown as AgentError).code))));
    expect(kinds.flat().filter((kind) => kind === 'identity')).toHaveLength(31);
    expect(kinds.flat()).not.toContain('bug');
  });
});

/** The code of a refusal that is as it should be. */
function checkRefusal(thrown: unknown, secrets: ReadonlySet<string>, context: string): string {
  if (!(thrown instanceof AgentError)) throw new Error(`${context}: crashed`, { cause: thrown });
  expect(thrown.code, context).not.toBe('bug');
  expect(thrown.message.length, context).toBeLessThan(LONGEST_MESSAGE);
  expect(thrown.message, context).toMatch(/^[^\n\r]+[^.\n\r]$/);
  expect(leakIn(thrown, secrets), context).toBeUndefined();
  return thrown.code;
}

function checkUsable(material: Identity | TrustBundle, context: string): void {
  if (material.kind === 'identity') checkIdentity(material, context);
  else expect(certificatesIn(material.pem), context).toHaveLength(material.anchors.length);
}

/** With other means than those of the parser: the key signs, the certificate verifies, OpenSSL's command follows the chain. */
function checkIdentity({ chainPem, key, intermediates }: Identity, context: string): void {
  const [leaf, ...issuers] = certificatesIn(chainPem);
  expect(issuers, context).toHaveLength(intermediates.length);
  const reread = createPrivateKey(key.export({ type: 'pkcs8', format: 'pem' }));
  const message = Buffer.from(context);
  expect(verify('sha256', message, createPublicKey(leaf!.publicKey.export({ type: 'spki', format: 'pem' })), sign('sha256', message, reread)), context).toBe(true);
  if (!openssl) return;
  const write = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const top = write('top.pem', (issuers.at(-1) ?? leaf!).toString());
  const between = write('between.pem', issuers.join(''));
  const at = String(Math.floor(NOW.getTime() / 1_000));
  execFileSync('openssl', ['verify', '-partial_chain', '-attime', at, '-trusted', top, ...(issuers.length > 0 ? ['-untrusted', between] : []), write('leaf.pem', leaf!.toString())], { stdio: 'pipe' });
}

function certificatesIn(pem: string): X509Certificate[] {
  return pem.split(/(?<=-----END CERTIFICATE-----\n)/).map((block) => new X509Certificate(block));
}
