import { X509Certificate } from 'node:crypto';
import { DescribeCertificateCommand, ExportCertificateCommand, RequestCertificateCommand } from '@aws-sdk/client-acm';
import { GetCertificateAuthorityCertificateCommand } from '@aws-sdk/client-acm-pca';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type PutSecretValueCommandInput,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { StandIn } from './stand-in.ts';

/** Something the embedded AWS and moto answer differently, and why that is let be. */
export interface Difference {
  /** What is asked. */
  readonly about: string;
  /** Who answers as AWS does. */
  readonly faithful: 'embedded' | 'moto' | 'not established';
  /** How that is known. */
  readonly because: string;
  observe(standIn: StandIn): Promise<unknown>;
  readonly embedded: unknown;
  readonly moto: unknown;
}

const NAME = 'color/identity';
const FIRST = '1'.repeat(32);
const SECOND = '2'.repeat(32);
const HMAC_SHA256 = Buffer.from('2a864886f70d0209', 'hex');

/** `accepted`, or the error's name. */
const outcome = async (call: Promise<unknown>): Promise<string> => call.then(() => 'accepted', (error: unknown) => (error as Error).name);

const create = ({ secretsManager }: StandIn): Promise<unknown> =>
  secretsManager.send(new CreateSecretCommand({ Name: NAME, SecretString: 'one', ClientRequestToken: FIRST }));
const put = ({ secretsManager }: StandIn, input: Partial<PutSecretValueCommandInput>): Promise<unknown> =>
  secretsManager.send(new PutSecretValueCommand({ SecretId: NAME, ...input }));
const remove = ({ secretsManager }: StandIn, days: number): Promise<unknown> =>
  secretsManager.send(new DeleteSecretCommand({ SecretId: NAME, RecoveryWindowInDays: days }));

/** What comes of a version put on a secret that holds one already. */
const putting = (input: Partial<PutSecretValueCommandInput>) => async (standIn: StandIn): Promise<string> => {
  await create(standIn);
  return outcome(put(standIn, input));
};

async function failure(call: Promise<unknown>): Promise<{ message: string; $metadata: { httpStatusCode: number } }> {
  return call.then(
    () => Promise.reject(new Error('accepted')),
    (error: unknown) => error as Awaited<ReturnType<typeof failure>>,
  );
}

async function rootOf(standIn: StandIn): Promise<X509Certificate> {
  const CertificateAuthorityArn = await standIn.createRoot();
  const { Certificate = '' } = await standIn.acmPca.send(new GetCertificateAuthorityCertificateCommand({ CertificateAuthorityArn }));
  return new X509Certificate(Certificate);
}

async function certificateArn(standIn: StandIn): Promise<string> {
  const request = { DomainName: 'gateway.mesh.local', CertificateAuthorityArn: await standIn.createRoot(), KeyAlgorithm: 'EC_prime256v1' } as const;
  return (await standIn.acm.send(new RequestCertificateCommand(request))).CertificateArn ?? '';
}

export const DIFFERENCES: readonly Difference[] = [
  {
    about: 'a value of more than 65,536 bytes',
    faithful: 'embedded',
    because: 'that is the limit among the quotas of Secrets Manager',
    observe: putting({ SecretString: 'x'.repeat(65_537) }),
    embedded: 'ValidationException',
    moto: 'accepted',
  },
  {
    about: 'a text and a binary in one version',
    faithful: 'embedded',
    because: 'users report this refusal (aws-sdk-java issue 1556)',
    observe: putting({ SecretString: 'a', SecretBinary: Buffer.from('b') }),
    embedded: 'InvalidParameterException',
    moto: 'accepted',
  },
  {
    about: 'a version without a value',
    faithful: 'not established',
    because: 'the API reference lists both errors and tells neither for this',
    observe: putting({}),
    embedded: 'InvalidParameterException',
    moto: 'InvalidRequestException',
  },
  {
    about: 'a token shorter than 32 characters',
    faithful: 'not established',
    because: 'the length is part of the model, whose breach other operations call ValidationException',
    observe: putting({ SecretString: 'two', ClientRequestToken: 'short' }),
    embedded: 'ValidationException',
    moto: 'InvalidParameterException',
  },
  {
    about: 'a version for a secret that is scheduled for deletion',
    faithful: 'embedded',
    because: 'the API reference names this state as a reason of InvalidRequestException',
    async observe(standIn) {
      await create(standIn);
      await remove(standIn, 7);
      return outcome(put(standIn, { SecretString: 'two' }));
    },
    embedded: 'InvalidRequestException',
    moto: 'accepted',
  },
  {
    about: 'a new secret under the name of one that is scheduled for deletion',
    faithful: 'embedded',
    because: 'a stack that is created anew right after its deletion is known to end with it',
    async observe(standIn) {
      await create(standIn);
      await remove(standIn, 7);
      return outcome(standIn.secretsManager.send(new CreateSecretCommand({ Name: NAME, SecretString: 'two' })));
    },
    embedded: 'InvalidRequestException',
    moto: 'ResourceExistsException',
  },
  {
    about: 'the current version, asked for without a label, after AWSCURRENT was moved by hand',
    faithful: 'embedded',
    because: 'the API reference: without label and version, the version with AWSCURRENT comes',
    async observe(standIn) {
      await create(standIn);
      await put(standIn, { SecretString: 'two', ClientRequestToken: SECOND, VersionStages: ['AWSPENDING'] });
      const move = { SecretId: NAME, VersionStage: 'AWSCURRENT', MoveToVersionId: SECOND, RemoveFromVersionId: FIRST };
      await standIn.secretsManager.send(new UpdateSecretVersionStageCommand(move));
      return (await standIn.secretsManager.send(new GetSecretValueCommand({ SecretId: NAME }))).SecretString;
    },
    embedded: 'two',
    moto: 'one',
  },
  {
    about: 'versions without a label in a description',
    faithful: 'embedded',
    because: 'the API reference: VersionIdsToStages holds the versions that have labels attached',
    async observe(standIn) {
      await create(standIn);
      await put(standIn, { SecretString: 'two' });
      await put(standIn, { SecretString: 'three' });
      const { VersionIdsToStages = {} } = await standIn.secretsManager.send(new DescribeSecretCommand({ SecretId: NAME }));
      return VersionIdsToStages[FIRST];
    },
    embedded: undefined,
    moto: [],
  },
  {
    about: 'the HTTP status for a secret that is not there',
    faithful: 'embedded',
    because: 'the API reference gives 400 for every error of the caller',
    observe: async ({ secretsManager }) => (await failure(secretsManager.send(new GetSecretValueCommand({ SecretId: 'nowhere' })))).$metadata.httpStatusCode,
    embedded: 400,
    moto: 404,
  },
  {
    about: 'the words for a label that is not there',
    faithful: 'embedded',
    because: "moto itself names the label when the secret has no version at all, in AWS's words",
    async observe(standIn) {
      await create(standIn);
      return (await failure(standIn.secretsManager.send(new GetSecretValueCommand({ SecretId: NAME, VersionStage: 'AWSPENDING' })))).message;
    },
    embedded: "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    moto: "Secrets Manager can't find the specified secret.",
  },
  {
    about: 'a password of 4,097 characters',
    faithful: 'embedded',
    because: 'moto quotes a ValidationException in its text, and sends it under another name',
    observe: ({ secretsManager }) => outcome(secretsManager.send(new GetRandomPasswordCommand({ PasswordLength: 4097 }))),
    embedded: 'ValidationException',
    moto: 'InvalidParameterValue',
  },
  {
    about: 'the key of a private CA that was wanted on P-256',
    faithful: 'embedded',
    because: 'moto gives every CA a key of RSA-2048',
    observe: async (standIn) => (await rootOf(standIn)).publicKey.asymmetricKeyType,
    embedded: 'ec',
    moto: 'rsa',
  },
  {
    about: 'the years of a private CA that was wanted for ten',
    faithful: 'embedded',
    because: 'moto signs everything for a year',
    async observe(standIn) {
      const { validFrom, validTo } = await rootOf(standIn);
      return Math.round((Date.parse(validTo) - Date.parse(validFrom)) / (365 * 86_400_000));
    },
    embedded: 10,
    moto: 1,
  },
  {
    about: 'the key algorithm of an ACM certificate that was wanted on P-256',
    faithful: 'embedded',
    because: 'moto gives every certificate a key of RSA-2048',
    async observe(standIn) {
      const CertificateArn = await certificateArn(standIn);
      return (await standIn.acm.send(new DescribeCertificateCommand({ CertificateArn }))).Certificate?.KeyAlgorithm;
    },
    embedded: 'EC-prime256v1',
    moto: 'RSA_2048',
  },
  {
    about: "the hash under the passphrase of ACM's export",
    faithful: 'embedded',
    because: "the documented exports leave the prf out, so it is HMAC-SHA1; moto writes what Python's cryptography thinks best",
    async observe(standIn) {
      const export_ = { CertificateArn: await certificateArn(standIn), Passphrase: Buffer.from('a passphrase') };
      const { PrivateKey = '' } = await standIn.acm.send(new ExportCertificateCommand(export_));
      const der = Buffer.from(PrivateKey.replace(/-----.*-----/g, ''), 'base64');
      return der.includes(HMAC_SHA256) ? 'HMAC-SHA256' : 'the default';
    },
    embedded: 'the default',
    moto: 'HMAC-SHA256',
  },
  {
    about: 'what is no ARN of a certificate',
    faithful: 'embedded',
    because: 'the API reference lists InvalidArnException for it',
    observe: ({ acm }) => outcome(acm.send(new DescribeCertificateCommand({ CertificateArn: 'arn:aws:acm:not-a-certificate' }))),
    embedded: 'InvalidArnException',
    moto: 'ResourceNotFoundException',
  },
];
