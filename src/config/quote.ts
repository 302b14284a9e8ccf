const LONGEST = 120;
const DOCUMENT = /-----BEGIN|private_?key|passphrase/i;

/**
 * A setting's value as it may stand in a message. No setting is secret, but ECS can inject a whole secret document where
 * the name of its source belongs: such a value is described, never shown.
 */
export function quote(given: string): string {
  if (DOCUMENT.test(given)) return `(${given.length} characters that look like a secret document)`;
  return JSON.stringify(given.length > LONGEST ? `${given.slice(0, LONGEST)}…` : given);
}
