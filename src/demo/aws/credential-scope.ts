import { AwsError } from './aws-error.ts';

/**
 * Checks whom and what a request was signed for (`Credential=KEY/DATE/REGION/SERVICE/aws4_request`, Signature Version 4).
 * The signature itself is taken on trust: what a stand-in can catch is a client built for the wrong region or service.
 */
export function checkCredentialScope(authorization: string | undefined, region: string, service: string): void {
  if (authorization === undefined) throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const scope = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request,/.exec(authorization);
  if (!scope) throw new AwsError('IncompleteSignatureException', 'Authorization header requires a Credential parameter with a scope.');
  if (scope[2] !== region) throw new AwsError('InvalidSignatureException', `Credential should be scoped to a valid region, not '${scope[2] ?? ''}'. `);
  if (scope[3] !== service) throw new AwsError('InvalidSignatureException', `Credential should be scoped to correct service: '${service}'. `);
}
