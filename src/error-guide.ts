import { CODES, type Code } from './errors.ts';

/** What a person on call reads of a code: what is seen, where it comes from, what mends it. */
interface Guide {
  readonly symptom: string;
  readonly cause: string;
  readonly fix: string;
}

/** One entry per code; the compiler sees to it that none is missing. */
export const GUIDE: Readonly<Record<Code, Guide>> = {
  usage: { symptom: 'a command ends at once', cause: 'an argument or option it does not know', fix: '`mtls-agent COMMAND --help`' },
  'config-invalid': { symptom: 'the task ends at once and lists variables', cause: 'a variable that does not parse, or an `MTLS_` name that does not exist', fix: 'mend every line of the list; all problems are in it' },
  'environment-refused': { symptom: 'the task ends at once', cause: '`NODE_OPTIONS` that inspect, preload or report, `NODE_TLS_REJECT_UNAUTHORIZED=0`, or a plain-HTTP AWS endpoint off loopback', fix: 'take it out of the environment' },
  'reference-unresolved': { symptom: 'the task ends at once and lists references', cause: 'a certificate or trust reference of the definitions has no source', fix: 'set `MTLS_IDENTITY`, `MTLS_TRUST` or `MTLS_SOURCES` as the hint says' },
  'directory-unusable': { symptom: 'the task ends at once', cause: '`MTLS_DIR` is not ours, not 0700, not tmpfs where a key is written, or its path is too long', fix: 'mount a tmpfs with the agent\'s uid and mode 0700' },
  'directory-in-use': { symptom: 'the second agent ends at once', cause: 'two agents share one `MTLS_DIR`', fix: 'give each a directory of its own' },
  'address-in-use': { symptom: 'the task ends at once', cause: 'something listens on the port already', fix: 'set `MTLS_ADMIN` to a free address, or end the other' },
  'definition-invalid': { symptom: 'the task ends at once and lists places in files', cause: 'App Mesh definitions that are malformed, contradict each other or hold what the compiler does not know', fix: 'mend the places; `mtls-agent compile --json` prints the same' },
  'envoy-missing': { symptom: 'the task ends at once', cause: 'no Envoy binary, or one that cannot be executed here', fix: 'set `MTLS_ENVOY`; is it for this processor' },
  'envoy-refused-configuration': { symptom: 'Envoy ends right after its start', cause: 'an Envoy that does not know the compiled configuration, or a port that is taken', fix: "read Envoy's own line above; use Envoy 1.36 or newer" },
  'envoy-unreachable': { symptom: '`stats` or the proof cannot look', cause: "Envoy's admin does not answer", fix: 'is Envoy running, and is the address right' },
  'agent-unreachable': { symptom: '`status` ends with 69', cause: 'no agent runs in this container, or MTLS_ADMIN is another one there', fix: 'look at its log; call `status` with the same MTLS_ADMIN' },
  'envoy-not-live': { symptom: '`/ready` stays 503', cause: 'Envoy waits for a secret, a cluster or the machine', fix: "look at `/init_dump` of Envoy's admin" },
  'source-unavailable': { symptom: 'retries in the log; at the first start exit 69', cause: 'no connection to AWS: endpoint, DNS, security group, 5xx', fix: 'check the VPC endpoint or the route to the service' },
  'source-throttled': { symptom: 'retries in the log', cause: 'AWS throttles the account', fix: 'raise `MTLS_POLL`; is something else calling in a loop' },
  'source-not-found': { symptom: 'retries in the log; at the first start exit 69', cause: 'the secret, version or CA does not exist, is scheduled for deletion, or lies in another region', fix: 'compare name, account and region' },
  'source-placeholder': { symptom: 'the task waits and is not ready', cause: 'the secret was made and never filled', fix: 'run the exporter for it' },
  'credentials-missing': { symptom: 'exit 77 at the first start', cause: 'no task role, and no keys', fix: 'give the task a task role' },
  'credentials-expired': { symptom: 'exit 77 at the first start', cause: 'keys in the environment that have run out', fix: 'use a task role, which renews itself' },
  'access-denied': { symptom: 'exit 77 at the first start; later the last good stays', cause: 'the role lacks a permission, or a policy denies it explicitly', fix: 'grant the action on the resource that the message names; an explicit deny must be taken away' },
  'decryption-denied': { symptom: 'exit 77 at the first start', cause: 'the role may read the secret and not use its KMS key', fix: 'grant `kms:Decrypt` on the key, in its key policy too' },
  'clock-skewed': { symptom: 'AWS refuses signatures', cause: "this machine's clock is off; the message has both clocks", fix: 'set the clock' },
  'document-unreadable': { symptom: 'the secret is not taken', cause: 'neither JSON nor PEM, or cut', fix: 'store it again by the exporter' },
  'layout-unknown': { symptom: 'the secret is not taken', cause: 'JSON whose keys are of no known layout', fix: 'compare the keys in the message with the layouts in the README' },
  'certificate-unreadable': { symptom: 'the secret is not taken', cause: 'a PEM block that does not decode', fix: 'export again' },
  'certificate-missing': { symptom: 'the secret is not taken', cause: 'no certificate where one belongs', fix: 'export again' },
  'key-unreadable': { symptom: 'the secret is not taken', cause: 'no private key, several, or one that does not decode', fix: 'export again' },
  'key-passphrase-wrong': { symptom: 'the secret is not taken', cause: 'key and passphrase are of two exports, or a line break came along', fix: 'export again, key and passphrase in one version' },
  'key-passphrase-missing': { symptom: 'the secret is not taken', cause: 'an encrypted key without its passphrase', fix: 'store the passphrase beside the key' },
  'key-mismatch': { symptom: 'the secret is not taken', cause: 'certificate and key are of two exports', fix: 'export again, both in one version' },
  'key-unsupported': { symptom: 'the secret is not taken', cause: 'a key or an encryption that Envoy or OpenSSL does not take', fix: 'RSA 2048 to 4096, P-256 or P-384; PBES2' },
  'certificate-expired': { symptom: 'the secret is not taken', cause: 'it is over; the message has both dates', fix: 'renew and export; is the clock right' },
  'certificate-not-yet-valid': { symptom: 'the secret is not taken', cause: 'it begins later; the message has both dates', fix: 'wait, or set the clock' },
  'certificate-purpose': { symptom: 'the secret is not taken', cause: 'extendedKeyUsage or keyUsage does not allow the role', fix: 'issue it for TLS clients and servers' },
  'certificate-name': { symptom: 'the secret is not taken', cause: 'none of its names is expected', fix: 'is it the secret of another endpoint; otherwise `MTLS_NAMES`' },
  'certificate-unsupported': { symptom: 'the secret is not taken', cause: 'something in it that Envoy\'s BoringSSL does not take: the message says what', fix: 'issue it again without that' },
  'chain-broken': { symptom: 'the secret is not taken', cause: 'an intermediate is missing, or one may not issue', fix: 'store the whole chain' },
  'rehearsal-failed': { symptom: 'the secret is not taken', cause: 'a TLS handshake with it fails; the message has OpenSSL\'s reason', fix: 'peers would refuse it in the same way: issue another' },
  'trust-empty': { symptom: 'the bundle is not taken', cause: 'no anchor in it', fix: 'store the CA certificate, or name the CA by its ARN' },
  'anchor-invalid': { symptom: 'the bundle is not taken', cause: 'a certificate in it that is no CA', fix: 'is it a leaf' },
  'crl-invalid': { symptom: 'the bundle is not taken', cause: 'a revocation list that is forged, a delta, of a CA that is not in the bundle, or missing for one that is', fix: 'store the complete list of every CA that issues, or none' },
  'crl-expired': { symptom: 'the bundle is not taken; one that is in use makes `/ready` 503', cause: 'a revocation list past its next update: Envoy refuses every peer by it', fix: 'store a newer list; does the CA still publish' },
  'delivery-refused': { symptom: 'the last good generation stays; a NACK is counted', cause: 'Envoy refused what our checks passed: a defect of ours', fix: "report it with Envoy's words" },
  'delivery-unacknowledged': { symptom: '`/ready` stays 503', cause: 'Envoy is not connected to `sds.sock`', fix: 'is Envoy running, as the same user' },
  'proof-failed': { symptom: '`/ready` stays 503', cause: 'a TLS context of Envoy keeps an older certificate or has none', fix: 'look at `/certs`; a restart of the task heals it' },
  'check-failed': { symptom: 'exit 1', cause: 'a check was made and failed', fix: 'as the message says' },
  'no-evidence': { symptom: '`stats` ends with 3', cause: 'no TLS connection yet', fix: 'send a request, ask again' },
  deadline: { symptom: 'exit 69 at the first start', cause: 'nothing was delivered within `MTLS_DEADLINE`', fix: 'see the events before; raise `MTLS_DEADLINE`' },
  bug: { symptom: 'exit 70', cause: 'our own defect', fix: 'report it with the log' },
};

/** The guide as a Markdown table, in the order of the set. */
export function renderGuide(): string {
  const rows = (Object.keys(CODES) as Code[]).map((code) => {
    const { symptom, cause, fix } = GUIDE[code];
    return `| \`${code}\` | ${CODES[code].exit} | ${symptom} | ${cause} | ${fix} |`;
  });
  return ['| code | exit | symptom | cause | fix |', '|---|---|---|---|---|', ...rows].join('\n');
}
