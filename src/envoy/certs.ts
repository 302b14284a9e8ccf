import { AgentError } from '../errors.ts';
import { normalSerial } from '../material/serial.ts';

/** One TLS context of Envoy: a filter chain or a cluster. A context that lost its secret is not listed at all. */
export interface TlsContext {
  /** Serial of the leaf it presents, lower-case hex without leading zeros; undefined: it presents none. */
  readonly leaf: string | undefined;
  /** Serials of its trust anchors in the bundle's order (before Envoy 1.40 only the first); empty: it validates nobody. */
  readonly anchors: readonly string[];
}

interface CertsReply {
  readonly certificates?: readonly { readonly ca_cert?: readonly Certificate[]; readonly cert_chain?: readonly Certificate[] }[];
}

interface Certificate {
  readonly serial_number: string;
}

/**
 * Envoy's `/certs` (`admin.v3.Certificates`). It names no consumer: only the number of elements tells whether one is
 * missing. `ca_cert` lists every anchor of a bundle on 1.40.0, and only the first on 1.36.4, 1.37.0, 1.38.3 and 1.39.3.
 *
 * @throws {AgentError} `envoy-unreachable` if the text is not what `/certs` prints
 */
export function parseCerts(text: string): readonly TlsContext[] {
  const { certificates } = parseReply(text);
  if (certificates === undefined) throw notCerts(text);
  return certificates.map(({ ca_cert: anchors = [], cert_chain: chain = [] }) => ({
    leaf: chain[0] && normalSerial(chain[0].serial_number),
    anchors: anchors.map(({ serial_number: serial }) => normalSerial(serial)),
  }));
}

function parseReply(text: string): CertsReply {
  try {
    return JSON.parse(text) as CertsReply;
  } catch (cause) {
    throw notCerts(text, cause);
  }
}

function notCerts(text: string, cause?: unknown): AgentError {
  return new AgentError('envoy-unreachable', `/certs of envoy's admin is not a list of certificates: ${text.slice(0, 80)}`, {
    cause,
    hint: 'is it Envoy that listens at this admin address?',
  });
}
