import { expect, it } from 'vitest';
import { checkValidity } from '../../src/material/validity.ts';

const facts = { subject: 'CN=a', issuer: 'CN=ca', serial: '1', names: [], notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-12-31T00:00:00Z') };
const check = (now: string): void => checkValidity(facts, 'the certificate', new Date(now));

it('passes the first and the last moment', () => {
  expect(() => check('2026-01-01T00:00:00Z')).not.toThrow();
  expect(() => check('2026-12-31T00:00:00Z')).not.toThrow();
});

it.each([
  ['2025-12-31T23:59:59Z', 'the certificate CN=a: not before 2026-01-01T00:00:00Z, now 2025-12-31T23:59:59Z'],
  ['2026-12-31T00:00:01Z', 'the certificate CN=a: not after 2026-12-31T00:00:00Z, now 2026-12-31T00:00:01Z'],
])('refuses %s with both sides (promise 122)', (now, message) => {
  expect(() => check(now)).toThrow(message);
});
