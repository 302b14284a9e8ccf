import type { KeyObject } from 'node:crypto';
import { type Duplex, duplexPair } from 'node:stream';
import { type SecureContext, type TLSSocket, Server, connect, createSecureContext } from 'node:tls';
import { AgentError } from '../errors.ts';
import type { Chain } from './chain.ts';
import type { Role } from './material.ts';

/**
 * A complete TLS handshake in memory with exactly this chain and key in the role they will play, verified by OpenSSL
 * against the root that came along, or the topmost certificate of the chain. Resolves when the verifying side was
 * satisfied; otherwise throws `rehearsal-failed` with OpenSSL's reason.
 */
export async function rehearse(chain: Chain, chainPem: string, key: KeyObject, role: Role): Promise<void> {
  const context = openContext(chain, chainPem, key);
  const [clientSide, serverSide] = duplexPair();
  const server = new Server({
    // the context is handed over by SNI because a Server built from options drops allowPartialTrustChain (Node 20)
    SNICallback: (_name, done) => done(null, context),
    requestCert: role === 'client',
    rejectUnauthorized: false,
  });
  // names are compared by `checkNames` against what the mesh expects; the rehearsal's host name means nothing
  const checkServerIdentity = (): undefined => undefined;
  const client = connect({ socket: clientSide, servername: 'rehearsal.invalid', secureContext: context, rejectUnauthorized: false, checkServerIdentity });
  try {
    const verifier = await verifyingSide(server, client, serverSide, role);
    if (!verifier.authorized) throw refusal(chain, role, verifier.authorizationError);
  } catch (cause) {
    throw cause instanceof AgentError ? cause : refusal(chain, role, cause);
  } finally {
    client.destroy();
    serverSide.destroy();
  }
}

/** The handshaken socket of the end that judges the certificate: in TLS 1.3 a client is done before it has been judged. */
function verifyingSide(server: Server, client: TLSSocket, serverSide: Duplex, role: Role): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    server.on('tlsClientError', reject);
    if (role === 'client') server.on('secureConnection', resolve);
    else client.on('secureConnect', () => resolve(client));
    server.emit('connection', serverSide);
  });
}

/**
 * One context for both ends: it presents the chain and trusts its end. `createSecureContext` also tells a key that
 * does not belong to the certificate.
 */
function openContext(chain: Chain, chainPem: string, key: KeyObject): SecureContext {
  const anchor = chain.root ?? chain.intermediates.at(-1) ?? chain.leaf;
  try {
    return createSecureContext({
      cert: chainPem,
      key: key.export({ type: 'pkcs8', format: 'pem' }),
      ca: anchor.pem,
      // without the root, the topmost intermediate (or the leaf) is as far as the path can be followed
      allowPartialTrustChain: chain.root === undefined,
      minVersion: 'TLSv1.2',
    } as object);
  } catch (cause) {
    throw new AgentError('rehearsal-failed', `OpenSSL does not take certificate and key together: ${textOf(cause)}`, { cause });
  }
}

function refusal({ leaf }: Chain, role: Role, cause: unknown): AgentError {
  return new AgentError('rehearsal-failed', `a TLS handshake as ${role} with ${leaf.subject || 'the certificate'}, serial ${leaf.serial}, fails: ${textOf(cause)}`, {
    hint: 'peers would refuse it in the same way; check the chain that was stored with the certificate',
    cause,
  });
}

function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as { code?: unknown };
  return typeof code === 'string' && !cause.message.includes(code) ? `${cause.message} (${code})` : cause.message;
}
