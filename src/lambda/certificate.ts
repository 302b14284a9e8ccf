import { type ACMClient, type CertificateDetail, DescribeCertificateCommand } from '@aws-sdk/client-acm';
import { normalSerial } from '../material/serial.ts';
import { present } from './answer.ts';

/** What ACM says of a certificate that it manages. */
export interface Described {
  readonly arn: string;
  /** Lower-case hex without leading zeros. */
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly type: CertificateDetail['Type'];
  readonly eligible: boolean;
  /** Of ACM's own renewal. */
  readonly renewal: { readonly status: string; readonly reason: string | undefined } | undefined;
}

export async function describeCertificate(acm: ACMClient, arn: string): Promise<Described> {
  const { Certificate: found } = await acm.send(new DescribeCertificateCommand({ CertificateArn: arn }));
  const { Serial, NotBefore, NotAfter, Type, RenewalEligibility, RenewalSummary } = present(found, 'Certificate', arn);
  const status = RenewalSummary?.RenewalStatus;
  return {
    arn,
    serial: normalSerial(present(Serial, 'Serial', arn).replaceAll(':', '')),
    notBefore: present(NotBefore, 'NotBefore', arn),
    notAfter: present(NotAfter, 'NotAfter', arn),
    type: Type,
    eligible: RenewalEligibility === 'ELIGIBLE',
    renewal: status === undefined ? undefined : { status, reason: RenewalSummary?.RenewalStatusReason },
  };
}
