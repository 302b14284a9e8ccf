/**
 * What a fetch from Secrets Manager takes of the SDK, which is three quarters of the agent: loaded while Envoy starts. The
 * container's credentials come along, because both stand on the SDK's core.
 */
export { DescribeSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
export { fromHttp } from '@aws-sdk/credential-provider-http';
