import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/**
 * Text that must not be printed: a secret document or a passphrase. Every implicit way to text (template, JSON,
 * inspect, concatenation) gives `[redacted]`; only `reveal()` gives the text.
 */
export class SecretText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. Call it only where the text is consumed, never to store or to show it. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
