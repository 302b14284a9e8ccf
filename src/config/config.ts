import type { LogLevel } from '../log.ts';

/** Everything the environment says, parsed once. Durations in milliseconds. */
export interface Config {
  /** MTLS_IDENTITY: source of certificate and key, as written. */
  readonly identity: string | undefined;
  /** MTLS_TRUST: sources of trust anchors, as written; their union is the bundle. */
  readonly trust: readonly string[];
  /** MTLS_NAMES; empty: from the definition. */
  readonly names: readonly string[];
  /** MTLS_SOURCES: `identity:REFERENCE` or `trust:REFERENCE` → source. */
  readonly sources: Readonly<Record<string, string>>;
  /** MTLS_MESH: definition files or folders, comma-separated. */
  readonly mesh: readonly string[];
  /** MTLS_ENDPOINT or APPMESH_RESOURCE_ARN, normalised to `virtualNode/NAME` or `virtualGateway/NAME`. */
  readonly endpoint: string | undefined;
  readonly delivery: 'sds' | 'files';
  readonly directory: string;
  /** MTLS_POLL; undefined: each kind of source has its own default. */
  readonly pollMs: number | undefined;
  readonly notices: string | undefined;
  readonly deadlineMs: number;
  /** Address of our HTTP; undefined: off. */
  readonly admin: HostPort | undefined;
  /** MTLS_ENVOY as written; undefined: look on PATH, then the usual places. */
  readonly envoy: string | undefined;
  readonly envoyAdmin: string | undefined;
  readonly drainMs: number;
  readonly logLevel: LogLevel;
  readonly allowDisk: boolean;
  readonly aws: AwsSettings;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The SDK's own settings that a lean client needs to be told. */
export interface AwsSettings {
  readonly region: string | undefined;
  /** AWS_ENDPOINT_URL_<SERVICE>, else AWS_ENDPOINT_URL, by service. */
  readonly endpoints: { readonly secretsManager: string | undefined; readonly acmPca: string | undefined; readonly acm: string | undefined; readonly sqs: string | undefined };
  /** Where credentials come from: keys in the environment, the container's endpoint, or else the SDK's full chain. */
  readonly credentials: 'environment' | 'container' | 'chain';
  /** MTLS_ALLOW_HTTP_ENDPOINT: plain HTTP to a host that is not loopback. */
  readonly allowPlainHttp: boolean;
}
