import type { Clock } from '../../clock.ts';
import { type Authority, createAuthority, issueFor } from '../pki/authority.ts';
import type { KeyAlgorithm } from '../pki/key-pair.ts';
import { arnOf, resourceId } from './arn.ts';
import { AwsError } from './aws-error.ts';
import type { Input } from './input.ts';
import type { RandomInt } from './random-password.ts';
import type { Operation, Service, Site } from './service.ts';
import { hoursFrom } from './validity.ts';

const HOURS_OF = { DAYS: 24, MONTHS: 730, YEARS: 8_766 } as const;
/** Ten years, the console's proposal for a root. */
const AUTHORITY_HOURS = 10 * 365 * 24;

export interface AuthorityWish {
  /** Default: a fresh one. */
  readonly arn?: string;
  /** RFC 4514: `CN=colorgateway root`. */
  readonly subject: string;
  readonly algorithm?: KeyAlgorithm;
  /** ARN of the CA that signs it; absent: a root. */
  readonly issuerArn?: string;
  readonly pathLength?: number;
  readonly validHours?: number;
}

/** AWS Private CA (API `ACMPrivateCA`): CAs made in process, as a template would have made them; always ACTIVE. */
export class PrivateCa implements Service {
  readonly targetPrefix = 'ACMPrivateCA';
  readonly signingName = 'acm-pca';
  readonly messageMember = 'message';
  readonly resourceMembers = ['CertificateAuthorityArn'];
  readonly operations: Readonly<Record<string, Operation>> = {
    GetCertificateAuthorityCertificate: (input) => this.#getCertificate(input),
    IssueCertificate: (input) => this.#issueCertificate(input),
    GetCertificate: (input) => this.#getIssued(input),
  };
  readonly #authorities = new Map<string, Authority>();
  /** CAs that do not renew for ACM, and why. */
  readonly #refusing = new Map<string, string>();
  /** ARN → what was issued, and when it can be had. */
  readonly #issued = new Map<string, { readonly answer: object; readonly readyMs: number }>();
  /** Private CA issues asynchronously; `GetCertificate` asks for patience until then. */
  issuingMs = 500;
  readonly #site: Site;
  readonly #clock: Clock;
  readonly #random: RandomInt;

  constructor(site: Site, clock: Clock, random: RandomInt) {
    this.#site = site;
    this.#clock = clock;
    this.#random = random;
  }

  async create(wish: AuthorityWish): Promise<{ readonly arn: string; readonly authority: Authority }> {
    const arn = wish.arn ?? arnOf(this.#site, 'acm-pca', `certificate-authority/${resourceId(this.#random)}`);
    const authority = await createAuthority({
      subject: wish.subject,
      ...hoursFrom(this.#clock.now(), wish.validHours ?? AUTHORITY_HOURS),
      ...(wish.algorithm !== undefined && { algorithm: wish.algorithm }),
      ...(wish.pathLength !== undefined && { pathLength: wish.pathLength }),
      ...(wish.issuerArn !== undefined && { issuer: this.authority(wish.issuerArn) }),
    });
    this.#authorities.set(arn, authority);
    return { arn, authority };
  }

  /** The CA behind an ARN, able to sign. */
  authority(arn: string): Authority {
    const authority = this.#authorities.get(arn);
    if (!authority) throw new AwsError('ResourceNotFoundException', `Could not find Certificate Authority ${arn}.`);
    return authority;
  }

  /** From now on ACM's renewals below this CA fail: `PCA_ACCESS_DENIED` for one that has not authorised ACM. Undefined: they succeed again. */
  refuse(arn: string, reason: string | undefined): void {
    if (reason === undefined) this.#refusing.delete(arn);
    else this.#refusing.set(arn, reason);
  }

  refusalOf(arn: string): string | undefined {
    return this.#refusing.get(arn);
  }

  async #issueCertificate(input: Input): Promise<object> {
    const authorityArn = input.text('CertificateAuthorityArn', { min: 5, max: 200 });
    const csr = input.optionalBlob('Csr', { min: 1, max: 32_768 });
    if (csr === undefined) throw new AwsError('ValidationException', 'Csr must not be null');
    const validity = input.structure('Validity');
    const hours = HOURS_OF[validity.choice('Type', ['DAYS', 'MONTHS', 'YEARS'])] * validity.integer('Value', 1);
    const { certificatePem, chainPem } = await issueFor(this.authority(authorityArn), csr.toString(), hoursFrom(this.#clock.now(), hours)).catch((cause: unknown) => {
      throw cause instanceof AwsError ? cause : new AwsError('MalformedCSRException', `The certificate signing request is malformed: ${String(cause)}`);
    });
    const arn = `${authorityArn}/certificate/${resourceId(this.#random).replaceAll('-', '')}`;
    this.#issued.set(arn, { answer: { Certificate: certificatePem, CertificateChain: chainPem }, readyMs: this.#clock.monotonicMs() + this.issuingMs });
    return { CertificateArn: arn };
  }

  #getIssued(input: Input): object {
    const issued = this.#issued.get(input.text('CertificateArn', { min: 5, max: 200 }));
    if (!issued) throw new AwsError('ResourceNotFoundException', 'Could not find the certificate.');
    if (this.#clock.monotonicMs() < issued.readyMs) throw new AwsError('RequestInProgressException', 'The certificate request is in progress.');
    return issued.answer;
  }

  /** A root has no `CertificateChain` member at all. */
  #getCertificate(input: Input): object {
    const { certificatePem, chainPem } = this.authority(input.text('CertificateAuthorityArn', { min: 5, max: 200 }));
    return { Certificate: certificatePem, ...(chainPem !== '' && { CertificateChain: chainPem }) };
  }
}
