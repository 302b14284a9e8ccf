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
  issued: Issued;
  issuedAt: Date;
  readonly type: 'PRIVATE' | 'IMPORTED';
  /** Since it was issued: what makes a private certificate eligible for renewal. */
  exported: boolean;
  /** Of the last or present renewal. */
  renewal: { readonly status: 'PENDING_AUTO_RENEWAL' | 'SUCCESS' | 'FAILED'; readonly reason?: string; readonly updatedAt: Date } | undefined;
}

/** DescribeCertificate's `CertificateDetail`. */
export function describe({ arn, domainName, names, authorityArn, algorithm, issued, issuedAt, exported, type, renewal }: ManagedCertificate): object {
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
    Type: type,
    CertificateAuthorityArn: authorityArn,
    RenewalEligibility: exported && type === 'PRIVATE' ? 'ELIGIBLE' : 'INELIGIBLE',
    ...(renewal && {
      RenewalSummary: { RenewalStatus: renewal.status, DomainValidationOptions: [], UpdatedAt: epochSeconds(renewal.updatedAt), ...(renewal.reason !== undefined && { RenewalStatusReason: renewal.reason }) },
    }),
  };
}
