import { createHash } from 'node:crypto';
import { AgentError } from '../errors.ts';
import { factsOf, parseCertificates } from './certificate.ts';
import { type Chain, findLeaf, orderChain } from './chain.ts';
import { checkLeaf } from './envoy-rules.ts';
import { checkIssuers } from './issuers.ts';
import { type IdentityDocument, readDocument } from './layout.ts';
import type { Fetched, Identity, Role } from './material.ts';
import { checkNameConstraints } from './name-constraints.ts';
import { checkNames } from './names.ts';
import { openPrivateKey } from './private-key.ts';
import { rehearse } from './rehearsal.ts';
import { checkValidity } from './validity.ts';

/** What an identity must be good for. */
export interface IdentityExpectations {
  /** In which roles Envoy will use it; each is rehearsed. */
  readonly roles: readonly Role[];
  /** Names of which the leaf must carry one; empty: any. */
  readonly names: readonly string[];
  readonly now: Date;
}

/** The only constructor of `Identity`: what it returns is valid now and has completed a handshake in each role. */
export async function parseIdentity(fetched: Fetched, { roles, names, now }: IdentityExpectations): Promise<Identity> {
  const document = identityDocument(fetched);
  const certificates = parseCertificates(document.certificates, 'the certificate and its chain');
  const key = await openPrivateKey(document.privateKey, document.passphrase);
  const leaf = findLeaf(certificates, key);
  checkLeaf(leaf, roles);
  const chain = orderChain(leaf, certificates, now);
  checkDates(chain, now);
  checkNames(leaf, names);
  checkIssuers(chain, roles);
  checkNameConstraints(chain);
  const chainPem = [chain.leaf, ...chain.intermediates].map(({ pem }) => pem).join('');
  for (const role of roles) await rehearse(chain, chainPem, key, role);
  return {
    kind: 'identity',
    chainPem,
    key,
    leaf: factsOf(leaf),
    intermediates: chain.intermediates.map(factsOf),
    fingerprint: createHash('sha256').update(chainPem).digest('hex'),
    sourceVersion: fetched.version,
  };
}

function identityDocument({ text }: Fetched): IdentityDocument {
  const document = readDocument(text);
  switch (document.layout) {
    case 'identity':
      return document;
    case 'pem':
      return { layout: 'identity', certificates: document.text.reveal(), privateKey: document.text, passphrase: undefined };
    case 'trust':
      throw new AgentError('layout-unknown', 'the secret holds a trust bundle, an identity is expected: certificate and private key', {
        hint: 'MTLS_IDENTITY and MTLS_TRUST may be swapped',
      });
  }
}

function checkDates({ leaf, intermediates, root }: Chain, now: Date): void {
  checkValidity(leaf, 'the certificate', now);
  for (const intermediate of intermediates) checkValidity(intermediate, 'the intermediate', now);
  if (root !== undefined && root !== leaf) checkValidity(root, 'the root of the chain', now);
}
