import { callAws } from '../aws/call.ts';
import type { Aws } from '../aws/clients.ts';
import type { SourceReference } from '../config/source-reference.ts';
import { AgentError } from '../errors.ts';
import { SecretText } from '../material/secret-text.ts';
import { digest } from './digest.ts';
import type { Source } from './source.ts';

/** An hour: a CA's certificate changes with its ARN or by a renewal planned months ahead, and the service's quotas are small. */
const POLL_MS = 3_600_000;

type Reference = Extract<SourceReference, { scheme: 'acm-pca' }>;

/** A private CA as trust: its own certificate and those above it (GetCertificateAuthorityCertificate). */
export function openAcmPca({ text, arn, region }: Reference, aws: Aws): Source {
  return {
    description: text,
    pollMs: POLL_MS,
    async fetch(signal) {
      const call = { action: 'acm-pca:GetCertificateAuthorityCertificate', resource: arn, region };
      const { Certificate, CertificateChain } = await callAws(call, signal, async () => {
        // the client is large: loaded here, where a CA is asked
        const [{ GetCertificateAuthorityCertificateCommand }, client] = await Promise.all([import('../aws/acm-pca.ts'), aws.acmPca(region)]);
        return client.send(new GetCertificateAuthorityCertificateCommand({ CertificateAuthorityArn: arn }), { abortSignal: signal });
      });
      if (Certificate === undefined) throw new AgentError('certificate-missing', `${text} has no certificate yet`, { hint: 'a new CA needs its certificate installed before it can be trusted' });
      // a root has no chain; PEM blocks need a line break between them, which the answer need not end in
      const bundle = [Certificate, CertificateChain ?? ''].map((pem) => pem.trim()).filter((pem) => pem !== '');
      const document = JSON.stringify({ TrustBundle: `${bundle.join('\n')}\n` });
      return { version: digest(document), text: new SecretText(document) };
    },
  };
}
