import { AgentError } from '../errors.ts';

/** A member that the service's model leaves optional and that we cannot do without. */
export function present<T>(value: T | undefined, member: string, from: string): T {
  if (value === undefined || value === '') throw new AgentError('document-unreadable', `${from} answered without ${member}`);
  return value;
}
