import type { Clock } from '../../clock.ts';
import { type Issued, issue, type LeafRequest } from '../pki/authority.ts';
import type { KeyAlgorithm } from '../pki/key-pair.ts';
import { acmEncryptedKeyPem } from './acm-key.ts';
import { arnOf, resourceId } from './arn.ts';
import { AwsError, constraintBroken } from './aws-error.ts';
import { type ManagedCertificate, describe } from './certificate-detail.ts';
import type { Happening } from './event-bus.ts';
import type { Input } from './input.ts';
import type { PrivateCa } from './private-ca.ts';
import type { RandomInt } from './random-password.ts';
import type { Operation, Service, Site } from './service.ts';
import { hoursFrom } from './validity.ts';

/** Private certificates live 13 months (ACM user guide, certificate characteristics). */
const CERTIFICATE_HOURS = 395 * 24;
/** ACM's asynchronous renewal takes minutes to hours; here a second shows that it does not come at once. */
const RENEWAL_MS = 1_000;
const ALGORITHMS = ['RSA_2048', 'RSA_3072', 'RSA_4096', 'EC_prime256v1', 'EC_secp384r1'] as const satisfies readonly KeyAlgorithm[];
const ARN = { min: 20, max: 2048 };
const DOMAIN = { min: 1, max: 253 };
const PASSPHRASE = { min: 4, max: 128 };

export interface CertificateWish {
  /** Default: a fresh one. */
  readonly arn?: string;
  readonly domainName: string;
  /** SANs besides the domain name. */
  readonly alternativeNames?: readonly string[];
  readonly authorityArn: string;
  readonly algorithm?: (typeof ALGORITHMS)[number];
  readonly validHours?: number;
  /** Somebody else's certificate, brought here. */
  readonly imported?: boolean;
  /** Departures from what ACM issues, for certificates that ACM would not issue. */
  readonly changes?: Partial<LeafRequest>;
}

/** AWS Certificate Manager: private certificates below a `PrivateCa`, issued at once, exportable, renewed in its own time. */
export class CertificateManager implements Service {
  readonly targetPrefix = 'CertificateManager';
  readonly signingName = 'acm';
  readonly messageMember = 'message';
  readonly resourceMembers = ['CertificateArn', 'DomainName'];
  readonly operations: Readonly<Record<string, Operation>> = {
    RequestCertificate: (input) => this.#requestCertificate(input),
    DescribeCertificate: (input) => ({ Certificate: describe(this.#find(input)) }),
    ExportCertificate: (input) => this.#exportCertificate(input),
    RenewCertificate: (input) => this.#renewCertificate(input),
  };
  readonly #certificates = new Map<string, ManagedCertificate & { readonly wish: CertificateWish }>();
  /** How long ACM takes to renew; a test or a drill may make it short. */
  renewalMs = RENEWAL_MS;
  /** IdempotencyToken and domain → ARN. */
  readonly #requests = new Map<string, string>();
  readonly #authorities: PrivateCa;
  readonly #site: Site;
  readonly #clock: Clock;
  readonly #random: RandomInt;
  readonly #publish: (happening: Happening) => void;

  constructor(authorities: PrivateCa, site: Site, clock: Clock, random: RandomInt, publish: (happening: Happening) => void = () => undefined) {
    this.#publish = publish;
    this.#authorities = authorities;
    this.#site = site;
    this.#clock = clock;
    this.#random = random;
  }

  /** Issues a certificate: domain name as CN and first SAN, good as client and server. */
  async request(wish: CertificateWish): Promise<{ readonly arn: string; readonly issued: Issued }> {
    const arn = wish.arn ?? arnOf(this.#site, 'acm', `certificate/${resourceId(this.#random)}`);
    const algorithm = wish.algorithm ?? ALGORITHMS[0];
    const names = [...new Set([wish.domainName, ...(wish.alternativeNames ?? [])])];
    const now = this.#clock.now();
    const issued = await this.#issue({ ...wish, algorithm }, names, now);
    const type = wish.imported === true ? 'IMPORTED' : 'PRIVATE';
    this.#certificates.set(arn, { arn, domainName: wish.domainName, names, authorityArn: wish.authorityArn, algorithm, issued, issuedAt: now, type, exported: false, renewal: undefined, wish });
    this.#publish(available({ arn, action: 'ISSUANCE', domainName: wish.domainName, issued, now }));
    return { arn, issued };
  }

  /** As ACM does by itself from 60 days before the end, or when it is asked; resolves when it is done, whatever came of it. */
  async renew(arn: string): Promise<void> {
    const certificate = this.#certificates.get(arn);
    if (!certificate) throw new AwsError('ResourceNotFoundException', `Could not find certificate ${arn}.`);
    certificate.renewal = { status: 'PENDING_AUTO_RENEWAL', updatedAt: this.#clock.now() };
    await this.#clock.sleep(this.renewalMs);
    const now = this.#clock.now();
    const reason = this.#authorities.refusalOf(certificate.authorityArn);
    if (reason !== undefined) {
      certificate.renewal = { status: 'FAILED', reason, updatedAt: now };
      this.#publish({ source: 'aws.acm', detailType: 'ACM Certificate Renewal Action Required', resources: [arn], detail: { CertificateType: 'PRIVATE', CommonName: certificate.domainName, RenewalStatusReason: reason, DaysToExpiry: daysLeft(certificate.issued, now) } });
      return;
    }
    certificate.issued = await this.#issue({ ...certificate.wish, algorithm: certificate.algorithm }, certificate.names, now);
    certificate.issuedAt = now;
    // it has to be exported again to be eligible for the next
    certificate.exported = false;
    certificate.renewal = { status: 'SUCCESS', updatedAt: now };
    this.#publish(available({ arn, action: 'RENEWAL', domainName: certificate.domainName, issued: certificate.issued, now }));
  }

  /** What ACM tells every day of a certificate that ends soon. */
  tellApproaching(arn: string): void {
    const certificate = this.#certificates.get(arn);
    if (!certificate) throw new AwsError('ResourceNotFoundException', `Could not find certificate ${arn}.`);
    this.#publish({ source: 'aws.acm', detailType: 'ACM Certificate Approaching Expiration', resources: [arn], detail: { DaysToExpiry: daysLeft(certificate.issued, this.#clock.now()), CommonName: certificate.domainName } });
  }

  /** What ACM has under an ARN now. */
  issuedOf(arn: string): Issued {
    const certificate = this.#certificates.get(arn);
    if (!certificate) throw new AwsError('ResourceNotFoundException', `Could not find certificate ${arn}.`);
    return certificate.issued;
  }

  #issue(wish: Omit<CertificateWish, 'algorithm'> & { readonly algorithm: KeyAlgorithm }, names: readonly string[], now: Date): Promise<Issued> {
    return issue(this.#authorities.authority(wish.authorityArn), {
      subject: `CN=${wish.domainName}`,
      names,
      algorithm: wish.algorithm,
      ...hoursFrom(now, wish.validHours ?? CERTIFICATE_HOURS),
      ...wish.changes,
    });
  }

  /** Answers at once with nothing; the renewal comes when it comes. */
  #renewCertificate(input: Input): object {
    const certificate = this.#find(input);
    const { arn, exported, type, renewal } = certificate;
    if (type !== 'PRIVATE' || !exported) throw new AwsError('ValidationException', `Certificate ${arn} is not eligible for renewal.`);
    if (renewal?.status === 'PENDING_AUTO_RENEWAL') throw new AwsError('RequestInProgressException', `The certificate request ${arn} is in progress and the certificate in your account has not been issued.`);
    void this.renew(arn);
    return {};
  }

  async #requestCertificate(input: Input): Promise<object> {
    const domainName = input.text('DomainName', DOMAIN);
    const authorityArn = input.optionalText('CertificateAuthorityArn', ARN);
    const algorithm = input.choice('KeyAlgorithm', ALGORITHMS);
    if (authorityArn === undefined) throw new AwsError('InvalidParameterException', 'Public certificates are not to be had here: CertificateAuthorityArn is missing');
    const token = input.optionalText('IdempotencyToken', { min: 1, max: 32 });
    const repeated = this.#requests.get(`${token ?? ''} ${domainName}`);
    if (repeated !== undefined) return { CertificateArn: repeated };
    const { arn } = await this.request({ domainName, alternativeNames: input.texts('SubjectAlternativeNames') ?? [], authorityArn, algorithm });
    if (token !== undefined) this.#requests.set(`${token} ${domainName}`, arn);
    return { CertificateArn: arn };
  }

  #exportCertificate(input: Input): object {
    const certificate = this.#find(input);
    const passphrase = input.optionalBlob('Passphrase', PASSPHRASE)?.toString('latin1');
    if (passphrase === undefined) throw constraintBroken('Passphrase', 'not be null', 'null ');
    if (!/^[\x00-\x7f]*$/.test(passphrase) || /[#$%]/.test(passphrase)) {
      throw new AwsError('ValidationException', 'The passphrase can be any ASCII characters except #, $ and %.');
    }
    const { certificatePem, chainPem, key } = certificate.issued;
    certificate.exported = true;
    return { Certificate: certificatePem, CertificateChain: chainPem, PrivateKey: acmEncryptedKeyPem(key, passphrase) };
  }

  #find(input: Input): ManagedCertificate & { readonly wish: CertificateWish } {
    const arn = input.text('CertificateArn', ARN);
    if (!/^arn:[\w-]+:acm:[\w-]*:\d*:certificate\/[\w-]+$/.test(arn)) throw new AwsError('InvalidArnException', `Invalid ARN: ${arn}`);
    const certificate = this.#certificates.get(arn);
    if (!certificate) throw new AwsError('ResourceNotFoundException', `Could not find certificate ${arn}.`);
    return certificate;
  }
}

interface Availability {
  readonly arn: string;
  readonly action: 'ISSUANCE' | 'RENEWAL';
  readonly domainName: string;
  readonly issued: Issued;
  readonly now: Date;
}

/** *ACM Certificate Available* (ACM user guide, EventBridge support). */
function available({ arn, action, domainName, issued, now }: Availability): Happening {
  const { notBefore, notAfter } = issued.certificate;
  const detail = {
    Action: action,
    CertificateType: 'PRIVATE',
    CommonName: domainName,
    CertificateCreatedDate: notBefore.toISOString(),
    CertificateExpirationDate: notAfter.toISOString(),
    DaysToExpiry: daysLeft(issued, now),
    InUse: 'FALSE',
    Exported: 'FALSE',
  };
  return { source: 'aws.acm', detailType: 'ACM Certificate Available', resources: [arn], detail };
}

function daysLeft({ certificate }: Issued, now: Date): number {
  return Math.floor((certificate.notAfter.getTime() - now.getTime()) / 86_400_000);
}
