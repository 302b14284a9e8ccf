import type { Collection, Held } from './collection.ts';
import type { JsonObject } from './json.ts';
import type { HealthCheckDefinition, Listener } from './resources.ts';

/** How a server is asked whether it is well: decided by its definition, done by its clients. */
export type HealthCheck = Pick<HealthCheckDefinition, 'intervalMillis' | 'timeoutMillis' | 'healthyThreshold' | 'unhealthyThreshold'> & {
  readonly protocol: HealthCheckDefinition['protocol'];
  /** For `http` and `http2`. */
  readonly path: string;
};

export function healthCheckOf(endpoint: Held<'virtualNode'> | Held<'virtualGateway'>, { healthCheck, portMapping }: Listener, collection: Collection): HealthCheck | undefined {
  if (healthCheck === undefined) return undefined;
  const { port, path = '/', ...check } = healthCheck;
  if (port !== undefined && port !== portMapping.port) {
    collection.report('value-invalid', endpoint, ['spec', 'listeners', 0, 'healthCheck', 'port'], `the health check asks port ${port}, the listener is on ${portMapping.port}`, 'App Mesh took the port of the listener only');
  }
  return { ...check, path };
}

/** How long after `/healthcheck/fail` a client needs to turn away: each check in a row fails. */
export function noticeMs({ intervalMillis, unhealthyThreshold }: HealthCheck): number {
  return intervalMillis * unhealthyThreshold;
}

/** envoy.config.core.v3.HealthCheck, for the clusters of clients; `host` is what App Mesh sent: NAME:PORT. */
export function activeCheck(check: HealthCheck, host: string): JsonObject {
  const { protocol, path, intervalMillis, timeoutMillis, healthyThreshold, unhealthyThreshold } = check;
  const http = { path, host, ...(protocol === 'http2' && { codec_client_type: 'HTTP2' }) };
  const form = protocol === 'grpc' ? { grpc_health_check: {} } : protocol === 'tcp' ? { tcp_health_check: {} } : { http_health_check: http };
  return { interval: seconds(intervalMillis), timeout: seconds(timeoutMillis), healthy_threshold: healthyThreshold, unhealthy_threshold: unhealthyThreshold, ...form };
}

const FILTER = 'envoy.filters.http.health_check';

/**
 * Passes checks on to the application, until `/healthcheck/fail`: from then on it answers them with 503 and marks every
 * response, so that clients that check turn away at once. Without it a draining Envoy looks as well as its application does.
 */
export function healthFilter({ protocol, path }: HealthCheck): readonly JsonObject[] {
  if (protocol === 'tcp') return [];
  const exact = protocol === 'grpc' ? '/grpc.health.v1.Health/Check' : path;
  const typed_config = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.health_check.v3.HealthCheck',
    pass_through_mode: true,
    headers: [{ name: ':path', string_match: { exact } }],
  };
  return [{ name: FILTER, typed_config }];
}

/** google.protobuf.Duration. */
function seconds(ms: number): string {
  return `${ms / 1_000}s`;
}
