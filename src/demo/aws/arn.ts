import type { RandomInt } from './random-password.ts';
import type { Site } from './service.ts';

const SUFFIX_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`. */
export function arnOf(site: Site, service: string, resource: string): string {
  return `arn:aws:${service}:${site.region}:${site.account}:${resource}`;
}

/** The hyphen and six characters that Secrets Manager puts behind a secret's name. */
export function secretSuffix(random: RandomInt): string {
  return `-${Array.from({ length: 6 }, () => SUFFIX_ALPHABET[random(SUFFIX_ALPHABET.length)] ?? '').join('')}`;
}

/** A random resource id in the form of a UUID, as ACM and Private CA name things. */
export function resourceId(random: RandomInt): string {
  const digits = Array.from({ length: 32 }, () => random(16).toString(16)).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
