import { AgentError } from '../errors.ts';

/** What templates write until the first export: `tempcert`, `PLACEHOLDER`, `<certificate>`, `${CERTIFICATE}`, `xxxx`. */
const PLACEHOLDER =
  /^(?:<[^<>]*>|\$\{[^{}]*\}|\{\{[^{}]*\}\}|x{3,}|\.{3}|(?:temp|placeholder|change[_-]?me|replace|dummy|todo|tbd|none|null|empty|initial|your|example|fill)[\w -]{0,40})$/i;

export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value.trim());
}

/** `source-placeholder`: the agent waits for `what`, a field by its name, to be filled. */
export function placeholder(what: string): AgentError {
  return waiting(`${what} still holds a placeholder`);
}

/** The same for a field that holds nothing. */
export function unfilled(what: string): AgentError {
  return waiting(`${what} is empty, PEM text is expected`);
}

function waiting(message: string): AgentError {
  return new AgentError('source-placeholder', message, { hint: 'the exporter has not run yet for this secret; run it, or put the material there' });
}
