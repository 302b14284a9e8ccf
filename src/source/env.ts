import type { Environment } from '../config/environment.ts';
import type { SourceReference } from '../config/source-reference.ts';
import { AgentError } from '../errors.ts';
import { SecretText } from '../material/secret-text.ts';
import { digest } from './digest.ts';
import type { Source } from './source.ts';

type Reference = Extract<SourceReference, { scheme: 'env' }>;

/** A secret document that ECS put into a variable: for moving over only. It cannot change while we run. */
export function openEnv({ text, name }: Reference, env: Environment): Source {
  const value = env[name];
  if (value === undefined || value === '') {
    throw new AgentError('config-invalid', `${text}: the variable ${name} is not set`, { hint: 'does the container definition list it under secrets' });
  }
  return {
    description: text,
    pollMs: undefined,
    warning: `${text} is exposed: it stays readable in /proc and to every child, and it cannot rotate; name the secret itself instead`,
    fetch: () => Promise.resolve({ version: digest(value), text: new SecretText(value) }),
  };
}
