import type { Collection, Held } from './collection.ts';
import type { JsonPath } from './diagnostic.ts';
import type { ClientTlsPolicy, Listener, ListenerTls } from './resources.ts';

/** How a peer's certificate is checked. References are what the definition says: ARNs or paths. */
export interface PeerCheck {
  readonly trust: string;
  /** Of which the certificate must carry one; empty: any certificate of the trust. */
  readonly names: readonly string[];
}

/** The server side of a listener. */
export interface ServerTls {
  readonly identity: string;
  /** Plaintext is served on the same port. */
  readonly permissive: boolean;
  /** A client certificate is required and checked so; undefined: none is asked for. */
  readonly clients: PeerCheck | undefined;
}

/** The client side of an edge. */
export interface ClientTls {
  readonly sni: string;
  readonly identity: string | undefined;
  readonly server: PeerCheck;
}

type Server = Held<'virtualGateway'> | Held<'virtualNode'>;
type Certificate = ListenerTls['certificate'] | NonNullable<ClientTlsPolicy['certificate']>;

const LISTENER: JsonPath = ['spec', 'listeners', 0, 'tls'];
const POLICY: JsonPath = ['spec', 'backendDefaults', 'clientPolicy', 'tls'];

/** The server side as App Mesh's modes define it; undefined: plaintext. */
export function serverTlsOf(server: Server, { tls }: Listener, collection: Collection): ServerTls | undefined {
  // App Mesh ignores the certificate block of a disabled listener
  if (tls === undefined || tls.mode === 'DISABLED') return undefined;
  const permissive = tls.mode === 'PERMISSIVE';
  if (permissive && tls.validation) {
    const message = 'PERMISSIVE lets plaintext pass, which no client certificate protects';
    collection.report('tls-permissive', server, [...LISTENER, 'mode'], message, 'STRICT, or no validation until every client speaks TLS');
  }
  if (tls.validation && !tls.validation.subjectAlternativeNames) {
    const message = 'every client with a certificate of this CA is accepted, whoever it is';
    collection.warn('names-unchecked', server, [...LISTENER, 'validation'], message, 'list the clients in validation.subjectAlternativeNames.match.exact');
  }
  const clients = tls.validation && { trust: tls.validation.trust.file.certificateChain, names: namesOf(tls.validation) };
  return { identity: identityOf(tls.certificate), permissive, clients };
}

/** What one hop needs to know of both its ends. */
export interface Hop {
  readonly client: Held<'virtualGateway'>;
  readonly serverName: string;
  /** The server's discovery name: what its certificate must carry unless the policy says otherwise. */
  readonly hostname: string;
  readonly port: number;
  readonly server: ServerTls | undefined;
}

/**
 * Whether and how a client speaks TLS to a server: App Mesh's rules (user guide, "TLS encryption"), except that a
 * connection whose server nobody checks is refused, where App Mesh made it.
 */
export function clientTlsOf(hop: Hop, collection: Collection): ClientTls | undefined {
  const policy = hop.client.definition.spec.backendDefaults?.clientPolicy.tls;
  const applies = policy !== undefined && (policy.ports?.includes(hop.port) ?? true);
  if (!applies) {
    if (hop.server !== undefined) refuseUnvalidated(hop, collection);
    return undefined;
  }
  if (hop.server === undefined) {
    if (policy.enforce === false) return undefined;
    const message = `TLS is enforced, but ${hop.serverName} does not terminate it: no request will pass`;
    collection.warn('tls-unmet', hop.client, POLICY, message, `give the listener of ${hop.serverName} a tls block`);
  }
  const { certificate, validation } = policy;
  const names = validation.subjectAlternativeNames ? namesOf(validation) : [hop.hostname];
  return { sni: hop.hostname, identity: certificate && identityOf(certificate), server: { trust: trustOf(validation.trust), names } };
}

function refuseUnvalidated({ client, serverName, port }: Hop, collection: Collection): void {
  const policy = client.definition.spec.backendDefaults;
  const message = `${serverName} serves TLS on port ${port}, but no client policy says which CA to trust`;
  collection.report('tls-unvalidated', client, policy ? [...POLICY, 'ports'] : ['spec'], message, 'add backendDefaults.clientPolicy.tls.validation.trust');
}

/** Two certificates of one endpoint may not share a chain file with different keys: the chain's path is the reference. */
export function checkKeyFiles(client: Held<'virtualGateway'>, collection: Collection): void {
  const { listeners, backendDefaults } = client.definition.spec;
  const served = listeners[0]?.tls?.certificate.file;
  const sent = backendDefaults?.clientPolicy.tls.certificate?.file;
  if (!served || !sent || served.certificateChain !== sent.certificateChain || served.privateKey === sent.privateKey) return;
  const message = `${sent.certificateChain} is paired with ${sent.privateKey} here and with ${served.privateKey} on the listener`;
  collection.report('key-conflict', client, [...POLICY, 'certificate', 'file', 'privateKey'], message, 'a certificate has one key');
}

function identityOf(certificate: Certificate): string {
  // the chain's path stands for the pair
  return certificate.file ? certificate.file.certificateChain : certificate.acm.certificateArn;
}

function trustOf(trust: ClientTlsPolicy['validation']['trust']): string {
  // sorted, so that the same CAs are the same reference however they are listed
  return trust.file ? trust.file.certificateChain : unique(trust.acm.certificateAuthorityArns).join(',');
}

function namesOf({ subjectAlternativeNames }: { readonly subjectAlternativeNames?: { readonly match: { readonly exact: readonly string[] } } }): readonly string[] {
  return unique(subjectAlternativeNames?.match.exact ?? []);
}

/** Sorted, each once. */
export function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
