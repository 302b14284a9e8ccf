import { AgentError } from '../errors.ts';
import type { CertificateFacts } from './material.ts';

/** Throws when `now` is outside the validity period (RFC 5280 section 4.1.2.5); `what` names the certificate. */
export function checkValidity(facts: CertificateFacts, what: string, now: Date): void {
  const { subject, notBefore, notAfter } = facts;
  if (now < notBefore) {
    throw new AgentError('certificate-not-yet-valid', `${what} ${subject}: not before ${isoSeconds(notBefore)}, now ${isoSeconds(now)}`, {
      hint: 'is the clock of this machine right? otherwise wait, or issue with an earlier start',
    });
  }
  if (now > notAfter) throw expired(facts, what, now);
}

export function expired({ subject, notAfter }: CertificateFacts, what: string, now: Date): AgentError {
  return new AgentError('certificate-expired', `${what} ${subject}: not after ${isoSeconds(notAfter)}, now ${isoSeconds(now)}`, {
    hint: 'renew it and export the renewed one; is the clock of this machine right?',
  });
}

/** Certificates carry whole seconds. */
function isoSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
