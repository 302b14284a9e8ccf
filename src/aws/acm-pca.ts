/** The Private CA client: large, and wanted only where trust comes from an ARN, so it is loaded on demand. */
export { ACMPCAClient, GetCertificateAuthorityCertificateCommand } from '@aws-sdk/client-acm-pca';
