import { beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../src/demo/pki/authority.ts';
import type { AgentError } from '../../src/errors.ts';
import type { TrustBundle } from '../../src/material/material.ts';
import { SecretText } from '../../src/material/secret-text.ts';
import { parseTrust, uniteTrust } from '../../src/material/trust.ts';
import { revocationList } from '../fixtures/revocation.ts';
import { NOW, type Pki, VALID, createPki, identitySecret, trustSecret } from '../fixtures/pki.ts';

let pki: Pki;
beforeAll(async () => {
  pki = await createPki();
});

const parse = (...texts: SecretText[]): TrustBundle => parseTrust(texts.map((text, index) => ({ version: `v${index}`, text })), NOW);
const subjects = ({ anchors }: TrustBundle): string[] => anchors.map(({ subject }) => subject);
const refusal = (...texts: SecretText[]): AgentError => {
  try {
    parse(...texts);
  } catch (thrown) {
    return thrown as AgentError;
  }
  throw new Error('was taken');
};

describe('a trust bundle', () => {
  it('holds the union of its sources, each anchor once', () => {
    const bundle = parse(trustSecret(pki.gateway.root), trustSecret(pki.teller.root, pki.gateway.root));
    expect(subjects(bundle)).toEqual(['CN=colorgateway root', 'CN=colorteller root']);
    expect(bundle.pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });

  it('comes from plain PEM with CRLF, a byte order mark and stray text', () => {
    const pem = `\uFEFFsubject=root\r\n${pki.gateway.root.certificatePem.replaceAll('\n', '\r\n')}`.trimEnd();
    expect(subjects(parse(new SecretText(pem)))).toEqual(['CN=colorgateway root']);
  });

  it('takes of an identity the self-signed members of its chain only (promise 63)', () => {
    expect(subjects(parse(identitySecret(pki.gateway.leaf)))).toEqual(['CN=colorgateway root']);
  });

  it('comes from the TrustBundle that stands beside an identity, and not from its chain', () => {
    expect(subjects(parse(identitySecret(pki.gateway.leaf, { TrustBundle: pki.teller.root.certificatePem })))).toEqual(['CN=colorteller root']);
  });

  it('comes from blocks under the labels that OpenSSL and old tools write, too', () => {
    for (const label of ['X509 CERTIFICATE', 'TRUSTED CERTIFICATE']) {
      const text = pki.gateway.root.certificatePem.replaceAll('CERTIFICATE', label);
      expect(parse(new SecretText(text))).toEqual(parse(trustSecret(pki.gateway.root)));
    }
  });

  it('may hold 200 anchors', async () => {
    const anchors = await Promise.all(Array.from({ length: 200 }, (_, index) => createAuthority({ subject: `CN=root ${index}`, ...VALID })));
    expect(parse(trustSecret(...anchors)).anchors).toHaveLength(200);
  });

  it('leaves an expired anchor out as long as a valid one remains', async () => {
    const expired = await createAuthority({ subject: 'CN=old', ...VALID, notAfter: new Date('2026-01-01T00:00:00Z') });
    expect(subjects(parse(trustSecret(expired, pki.gateway.root)))).toEqual(['CN=colorgateway root']);
  });
});

describe('a trust bundle keeps what Envoy can use', () => {
  it('an anchor that is not yet valid, beside one that is: Envoy looks at the clock itself', async () => {
    const coming = await createAuthority({ subject: 'CN=coming', ...VALID, notBefore: new Date('2027-01-01T00:00:00Z') });
    expect(subjects(parse(trustSecret(coming, pki.gateway.root)))).toEqual(['CN=coming', 'CN=colorgateway root']);
  });

  it('a root without basicConstraints, as old ones are', async () => {
    const old = await createAuthority({ subject: 'CN=old', omit: ['basicConstraints'], keyUsage: [], ...VALID });
    expect(subjects(parse(trustSecret(old)))).toEqual(['CN=old']);
  });

  it('not an anchor that may not issue, as long as a good one remains', async () => {
    const idle = await createAuthority({ subject: 'CN=idle', keyUsage: ['cRLSign'], ...VALID });
    expect(subjects(parse(trustSecret(idle, pki.gateway.root)))).toEqual(['CN=colorgateway root']);
    const error = refusal(trustSecret(idle));
    expect(error.code).toBe('anchor-invalid');
    expect(error.message).toMatch(/CN=idle, serial .*: keyUsage is cRLSign, an anchor needs keyCertSign/);
  });
});

describe('a trust bundle is refused', () => {
  it('when a leaf stands in it, naming it', () => {
    const error = refusal(new SecretText(pki.gateway.root.certificatePem + pki.teller.leaf.certificatePem));
    expect(error.code).toBe('anchor-invalid');
    expect(error.message).toContain('CN=colorteller, serial');
  });

  it('when every anchor is expired, with both dates', async () => {
    const expired = await createAuthority({ subject: 'CN=old', ...VALID, notAfter: new Date('2026-01-01T00:00:00Z') });
    const error = refusal(trustSecret(expired));
    expect(error.code).toBe('certificate-expired');
    expect(error.message).toContain('not after 2026-01-01T00:00:00Z, now 2026-11-23T12:00:00Z');
  });

  it('when it is empty', () => {
    const error = refusal(new SecretText(JSON.stringify({ TrustBundle: 'no certificate here' })));
    expect(error).toMatchObject({ code: 'trust-empty', message: 'there is no certificate in the trust bundle' });
  });

  it('when an identity used as trust has no self-signed certificate in its chain', () => {
    expect(refusal(identitySecret(pki.gateway.leaf, { CertificateChain: '' })).code).toBe('trust-empty');
  });

  it('when a certificate was cut, saying which one', () => {
    const cut = pki.teller.root.certificatePem.split('\n').toSpliced(3, 1).join('\n');
    const error = refusal(new SecretText(pki.gateway.root.certificatePem + cut));
    expect(error.code).toBe('certificate-unreadable');
    expect(error.message).toContain('certificate 2 of 2');
  });
});

describe('revocation lists in a bundle', () => {
  const document = (...parts: readonly string[]): SecretText => new SecretText(JSON.stringify({ TrustBundle: parts.join('') }));

  it('come with the anchors, after them, and change its fingerprint', async () => {
    const { root } = pki.gateway;
    const list = await revocationList(root, { revoked: ['4a'] });
    const bundle = parse(document(list, root.certificatePem));
    expect(bundle.pem).toBe(root.certificatePem + list);
    expect(bundle.revocationPem).toBe(list);
    expect(bundle.revocation).toMatchObject([{ issuer: 'CN=colorgateway root', revoked: 1 }]);
    expect(bundle.fingerprint).not.toBe(parse(trustSecret(root)).fingerprint);
  });

  it('are looked at together, whichever source they come from', async () => {
    const bundle = parse(trustSecret(pki.gateway.root), new SecretText(await revocationList(pki.gateway.root)));
    expect(bundle.revocation).toHaveLength(1);
  });

  it('are united with the newest of each issuer, and left out where an anchor has none', async () => {
    const { gateway, teller } = pki;
    const [one, two, other] = [await revocationList(gateway.root, { number: 1 }), await revocationList(gateway.root, { number: 2 }), await revocationList(teller.root)];
    const older = parse(document(gateway.root.certificatePem, two));
    expect(uniteTrust(older, parse(document(gateway.root.certificatePem, teller.root.certificatePem, one, other))).revocation).toMatchObject([{ number: '2' }, { issuer: 'CN=colorteller root' }]);
    expect(uniteTrust(older, parse(trustSecret(teller.root))).revocation).toEqual([]);
  });
});
