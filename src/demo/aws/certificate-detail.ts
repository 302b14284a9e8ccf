import type { Issued } from '../pki/authority.ts';
import type { KeyAlgorithm } from '../pki/key-pair.ts';
import { epochSeconds } from './service.ts';

/** A certificate under ACM's management. */
export interface ManagedCertificate {
  readonly arn: string;
  readonly domainName: string;
  readonly names: readonly string[];
  readonly authorityArn: string;
  readonly algorithm: KeyAlgorithm;
  readonly issued: Issued;
  readonly issuedAt: Date;
  /** Since it was issued: what makes a private certificate eligible for renewal. */
  exported: boolean;
}

/** DescribeCertificate's `CertificateDetail`. */
export function describe({ arn, domainName, names, authorityArn, algorithm, issued, issuedAt, exported }: ManagedCertificate): object {
  const { subject, issuer, serialNumber, notBefore, notAfter } = issued.certificate;
  return {
    CertificateArn: arn,
    DomainName: domainName,
    SubjectAlternativeNames: names,
    Serial: serialNumber.replace(/..(?!$)/g, '$&:'),
    Subject: subject,
    Issuer: issuer,
    CreatedAt: epochSeconds(issuedAt),
    IssuedAt: epochSeconds(issuedAt),
    Status: 'ISSUED',
    NotBefore: epochSeconds(notBefore),
    NotAfter: epochSeconds(notAfter),
    // asked for with an underscore, answered with a hyphen
    KeyAlgorithm: algorithm.replace('_', '-'),
    InUseBy: [],
    Type: 'PRIVATE',
    CertificateAuthorityArn: authorityArn,
    RenewalEligibility: exported ? 'ELIGIBLE' : 'INELIGIBLE',
  };
}
