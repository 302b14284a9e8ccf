/**
 * What of our environment Envoy may see. Ours holds credentials (AWS, `env:` sources), and Envoy shows its own through
 * `%ENVIRONMENT(…)%`; so the list names what Envoy and its tracers read that is not secret.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  // libc
  'TZ', 'LANG', 'LC_ALL', 'TMPDIR',
  // what access logs of containers like to carry
  'HOSTNAME',
  // Envoy itself: whether CPU limits of the container set the number of workers
  'ENVOY_CGROUP_CPU_DETECTION',
  // resource detector of the OpenTelemetry tracer
  'OTEL_RESOURCE_ATTRIBUTES', 'OTEL_SERVICE_NAME',
  // Datadog tracer
  'DD_AGENT_HOST', 'DD_TRACE_AGENT_PORT', 'DD_TRACE_AGENT_URL', 'DD_SERVICE', 'DD_ENV', 'DD_VERSION', 'DD_TAGS',
]);

export function envoyEnvironment(ours: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const allowed = Object.entries(ours).filter((entry): entry is [string, string] => ALLOWED.has(entry[0]) && entry[1] !== undefined);
  return Object.fromEntries(allowed);
}
