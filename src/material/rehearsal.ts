import type { KeyObject } from 'node:crypto';
import { type Duplex, duplexPair } from 'node:stream';
import { type SecureContext, type TLSSocket, DEFAULT_CIPHERS, Server, connect, createSecureContext } from 'node:tls';
import { AgentError } from '../errors.ts';
import type { Chain } from './chain.ts';
import type { Role } from './material.ts';

/**
 * A complete TLS handshake in memory with exactly this chain and key in the role they will play, verified by OpenSSL
 * against the topmost certificate that is sent, or a root that came along with name constraints. Resolves when the verifying side was
 * satisfied; otherwise throws `rehearsal-failed` with OpenSSL's reason.
 */
export async function rehearse(chain: Chain, chainPem: string, key: KeyObject, role: Role): Promise<void> {
  const context = openContext(chain, chainPem, key);
  const [clientSide, serverSide] = duplexPair();
  const server = new Server({
    // the context is handed over by SNI because a Server built from options drops allowPartialTrustChain (Node 20)
    SNICallback: (_name, done) => done(null, context),
    requestCert: role === 'client',
    ciphers: CIPHERS,
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

/** Key sizes and digests are judged by Envoy's rules: OpenSSL's own level refuses SHA-1, and differs by Node's version. */
const CIPHERS = `${DEFAULT_CIPHERS}:@SECLEVEL=0`;

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
  // OpenSSL asks of a root what Envoy does not: CA bit, path length, purpose; its signature was checked with the chain
  const root = chain.root?.nameConstraints && chain.root;
  const anchor = root ?? chain.intermediates.at(-1) ?? chain.leaf;
  try {
    return createSecureContext({
      cert: chainPem,
      key: key.export({ type: 'pkcs8', format: 'pem' }),
      ca: anchor.pem,
      allowPartialTrustChain: root === undefined,
      minVersion: 'TLSv1.2',
      ciphers: CIPHERS,
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

/** OpenSSL's reason without its file names. */
function textOf(cause: unknown): string {
  if (cause === 'UNSPECIFIED') return 'a rule of path validation that has no name of its own in Node.js (UNSPECIFIED)';
  if (!(cause instanceof Error)) return String(cause);
  const { code, reason } = cause as { code?: unknown; reason?: unknown };
  const text = typeof reason === 'string' ? reason : cause.message;
  return typeof code === 'string' && !text.includes(code) ? `${text} (${code})` : text;
}
