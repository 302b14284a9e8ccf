/** The SDK's full credential chain (profiles, SSO, web identity, instance metadata): large, so it is loaded on demand. */
export { defaultProvider } from '@aws-sdk/credential-provider-node';
