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
  /** Departures from what ACM issues, for certificates that ACM would not issue. */
  readonly changes?: Partial<LeafRequest>;
}

/** AWS Certificate Manager: private certificates below a `PrivateCa`, issued at once, exportable. */
export class CertificateManager implements Service {
  readonly targetPrefix = 'CertificateManager';
  readonly signingName = 'acm';
  readonly messageMember = 'message';
  readonly resourceMembers = ['CertificateArn', 'DomainName'];
  readonly operations: Readonly<Record<string, Operation>> = {
    RequestCertificate: (input) => this.#requestCertificate(input),
    DescribeCertificate: (input) => ({ Certificate: describe(this.#find(input)) }),
    ExportCertificate: (input) => this.#exportCertificate(input),
  };
  readonly #certificates = new Map<string, ManagedCertificate>();
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
    const issued = await issue(this.#authorities.authority(wish.authorityArn), {
      subject: `CN=${wish.domainName}`,
      names,
      algorithm,
      ...hoursFrom(now, wish.validHours ?? CERTIFICATE_HOURS),
      ...wish.changes,
    });
    this.#certificates.set(arn, { arn, domainName: wish.domainName, names, authorityArn: wish.authorityArn, algorithm, issued, issuedAt: now, exported: false });
    this.#publish(available({ arn, wish, issued, now }));
    return { arn, issued };
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

  #find(input: Input): ManagedCertificate {
    const arn = input.text('CertificateArn', ARN);
    if (!/^arn:[\w-]+:acm:[\w-]*:\d*:certificate\/[\w-]+$/.test(arn)) throw new AwsError('InvalidArnException', `Invalid ARN: ${arn}`);
    const certificate = this.#certificates.get(arn);
    if (!certificate) throw new AwsError('ResourceNotFoundException', `Could not find certificate ${arn}.`);
    return certificate;
  }
}

/** *ACM Certificate Available* (ACM user guide, EventBridge support). */
function available({ arn, wish, issued: { certificate }, now }: { readonly arn: string; readonly wish: CertificateWish; readonly issued: Issued; readonly now: Date }): Happening {
  const detail = {
    Action: 'ISSUANCE',
    CertificateType: 'PRIVATE',
    CommonName: wish.domainName,
    CertificateCreatedDate: certificate.notBefore.toISOString(),
    CertificateExpirationDate: certificate.notAfter.toISOString(),
    DaysToExpiry: Math.floor((certificate.notAfter.getTime() - now.getTime()) / 86_400_000),
    InUse: 'FALSE',
    Exported: 'FALSE',
  };
  return { source: 'aws.acm', detailType: 'ACM Certificate Available', resources: [arn], detail };
}
