import { AgentError } from '../errors.ts';
import { quote } from './quote.ts';

export type Kind = 'identity' | 'trust';

/** A source as people write it, taken apart. `text` is what was written. */
export type SourceReference =
  | { readonly scheme: 'secrets-manager'; readonly text: string; readonly secretId: string; readonly stage: string; readonly region: string | undefined }
  | { readonly scheme: 'acm'; readonly text: string; readonly arn: string; readonly region: string }
  | { readonly scheme: 'acm-pca'; readonly text: string; readonly arn: string; readonly region: string }
  | { readonly scheme: 'file'; readonly text: string; readonly path: string }
  | { readonly scheme: 'env'; readonly text: string; readonly name: string };

/** What each scheme can give. A certificate authority has no key to hand out, ACM's export no anchors of its own. */
const GIVES: Readonly<Record<SourceReference['scheme'], readonly Kind[]>> = {
  'secrets-manager': ['identity', 'trust'],
  acm: ['identity'],
  'acm-pca': ['trust'],
  file: ['identity', 'trust'],
  env: ['identity', 'trust'],
};

const FORMS = 'secret:NAME, file:PATH, env:NAME, or an ARN of Secrets Manager, ACM or ACM Private CA';
const SECRET_ARN = /^arn:aws[\w-]*:secretsmanager:([\w-]+):\d{12}:secret:[\w/+=.@!-]+$/;
const SECRET_NAME = /^[\w/+=.@!-]{1,512}$/;
const ACM_ARN = /^arn:aws[\w-]*:acm:([\w-]+):\d{12}:certificate\/[\w-]+$/;
const PCA_ARN = /^arn:aws[\w-]*:acm-pca:([\w-]+):\d{12}:certificate-authority\/[\w-]+$/;
const STAGE = /^[\w/+=.@!-]{1,256}$/;

/** Takes a source string apart; `config-invalid` says what is wrong with it and what was probably meant. */
export function parseSourceReference(text: string): SourceReference {
  const reference = parseArn(text) ?? parseScheme(text);
  if (reference === undefined) {
    throw new AgentError('config-invalid', `${quote(text)} is not a source, expected ${FORMS}`, { hint: guess(text) });
  }
  return reference;
}

/** The same, and refuses a source that cannot give this kind of material. */
export function parseSourceOf(kind: Kind, text: string): SourceReference {
  const reference = parseSourceReference(text);
  if (GIVES[reference.scheme].includes(kind)) return reference;
  throw new AgentError('config-invalid', `${quote(text)} gives ${GIVES[reference.scheme].join(' and ')}, expected a source of ${kind}`, {
    hint: kind === 'identity' ? 'a certificate authority hands out no private key: name the secret of the end-entity certificate' : 'name the certificate authority, or a secret with its TrustBundle',
  });
}

function parseArn(text: string): SourceReference | undefined {
  const { base, stage } = splitStage(text);
  const secretRegion = SECRET_ARN.exec(base)?.[1];
  if (secretRegion !== undefined) return { scheme: 'secrets-manager', text, secretId: base, stage, region: secretRegion };
  const acmRegion = ACM_ARN.exec(text)?.[1];
  if (acmRegion !== undefined) return { scheme: 'acm', text, arn: text, region: acmRegion };
  const pcaRegion = PCA_ARN.exec(text)?.[1];
  return pcaRegion === undefined ? undefined : { scheme: 'acm-pca', text, arn: text, region: pcaRegion };
}

function parseScheme(text: string): SourceReference | undefined {
  const [, scheme, rest = ''] = /^(secret|file|env):(.+)$/s.exec(text) ?? [];
  if (scheme === 'file') return { scheme, text, path: rest };
  if (scheme === 'env' && /^[A-Za-z_]\w*$/.test(rest)) return { scheme, text, name: rest };
  const { base, stage } = splitStage(rest);
  if (scheme !== 'secret' || !SECRET_NAME.test(base)) return undefined;
  return { scheme: 'secrets-manager', text, secretId: base, stage, region: undefined };
}

/** `?stage=LABEL` at the end; AWSCURRENT without it, Secrets Manager's own default. */
function splitStage(text: string): { readonly base: string; readonly stage: string } {
  const [base = '', query] = text.split('?', 2);
  if (query === undefined) return { base, stage: 'AWSCURRENT' };
  const stage = /^stage=(.*)$/.exec(query)?.[1] ?? '';
  if (STAGE.test(stage)) return { base, stage };
  throw new AgentError('config-invalid', `${quote(text)} ends in "?${query}", expected ?stage=LABEL`, { hint: 'the usual labels are AWSCURRENT, AWSPENDING and AWSPREVIOUS' });
}

function guess(text: string): string {
  if (text.startsWith('arn:')) return 'copy the ARN of the secret, certificate or certificate authority itself, with region and account';
  if (/^\.{0,2}\//.test(text)) return `a path is written file:${text}`;
  if (/^\s*\{|-----BEGIN/.test(text)) return 'this is the content of a secret; name the variable that holds it as env:NAME, or better the secret itself';
  if (text.startsWith('env:')) return 'the name of a variable has letters, digits and underscores';
  if (/^[\w-]+:/.test(text)) return 'other kinds of source are not known';
  return `the name of a secret is written secret:${text}`;
}
