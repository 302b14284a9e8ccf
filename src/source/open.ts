import type { Aws } from '../aws/clients.ts';
import type { Environment } from '../config/environment.ts';
import { type Kind, parseSourceOf } from '../config/source-reference.ts';
import { AgentError } from '../errors.ts';
import { openAcmPca } from './acm-pca.ts';
import { openEnv } from './env.ts';
import { openFile } from './file.ts';
import { openSecretsManager } from './secrets-manager.ts';
import type { Source } from './source.ts';

/** What sources reach out to. */
export interface SourcePorts {
  readonly aws: Aws;
  readonly env: Environment;
}

/** The one switch: the source that a string of the contract's table names, for this kind of material. */
export function openSource(kind: Kind, text: string, ports: SourcePorts): Source {
  const reference = parseSourceOf(kind, text);
  switch (reference.scheme) {
    case 'secrets-manager':
      return openSecretsManager(reference, ports.aws);
    case 'acm-pca':
      return openAcmPca(reference, ports.aws);
    case 'file':
      return openFile(kind, reference);
    case 'env':
      return openEnv(reference, ports.env);
    case 'acm':
      throw new AgentError('config-invalid', `${reference.arn}: this version does not export a certificate from ACM by itself`, {
        hint: `run the exporter for it and name its secret: MTLS_SOURCES='{"identity:${reference.arn}":"secret:NAME"}'`,
      });
  }
}
