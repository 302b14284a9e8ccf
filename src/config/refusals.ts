import { AgentError } from '../errors.ts';
import { isLoopback } from './address.ts';
import { type Environment, withoutEmpty } from './environment.ts';
import { quote } from './quote.ts';

/**
 * Node's options that open an inspector, run foreign code before ours, or write memory or TLS secrets to a file
 * (nodejs.org, Command-line API). Names as far as they identify the family, in dashes.
 */
const REFUSED_OPTIONS: readonly (readonly [RegExp, string])[] = [
  [/^--(inspect|debug)/, 'opens an inspector in the process that holds the key'],
  [/^(-r|--require|--import|--loader|--experimental-loader)$/, 'runs other code in the process that holds the key'],
  [/^--(report-|experimental-report|diagnostic-report)/, 'writes reports with the environment and the heap'],
  [/^--(heapsnapshot-|heap-prof|cpu-prof|abort-on-uncaught-exception)/, 'writes memory to a file'],
  [/^--(tls-keylog|trace-tls)/, 'writes the secrets of TLS sessions'],
];

/** Refuses to run where secrets could leak: one `environment-refused` (78) that lists every reason. */
export function refuseUnsafeEnvironment(environment: Environment): void {
  const env = withoutEmpty(environment);
  const problems = [...refusedNodeOptions(env), ...refusedTls(env), ...refusedEndpoints(env)];
  if (problems.length === 0) return;
  const [first = ''] = problems;
  const list = problems.map((problem) => `  ${problem}`).join('\n');
  throw new AgentError('environment-refused', problems.length === 1 ? `environment: ${first}` : `environment: ${problems.length} settings are refused\n${list}`, {
    hint: 'take it out of the environment of the container, debug elsewhere with a throw-away certificate',
  });
}

function refusedNodeOptions(env: Environment): readonly string[] {
  const tokens = (env.NODE_OPTIONS ?? '').replace(/["'\\]/g, '').split(/\s+/);
  // node takes underscores for dashes after the leading two
  const options = tokens.filter((token) => token.startsWith('-')).map((token) => token.replace(/=.*$/s, '').replaceAll('_', '-'));
  return options.flatMap((option) => {
    const reason = REFUSED_OPTIONS.find(([family]) => family.test(option))?.[1];
    return reason === undefined ? [] : [`NODE_OPTIONS: ${option} ${reason}`];
  });
}

function refusedTls(env: Environment): readonly string[] {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return [];
  return ['NODE_TLS_REJECT_UNAUTHORIZED: "0" would accept any server as AWS; add a certificate authority with NODE_EXTRA_CA_CERTS'];
}

function refusedEndpoints(env: Environment): readonly string[] {
  const endpoints = Object.entries(env).filter(([name]) => name.startsWith('AWS_ENDPOINT_URL') || (name === 'MTLS_NOTICES' && !env[name]?.startsWith('arn:')));
  return endpoints.flatMap(([name, value = '']) => {
    const problem = problemOfEndpoint(value, env.MTLS_ALLOW_HTTP_ENDPOINT === 'true');
    return problem === undefined ? [] : [`${name}: ${quote(value)} ${problem}`];
  });
}

function problemOfEndpoint(value: string, allowPlainHttp: boolean): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return 'is not a URL of AWS, expected https://HOST';
  if (url.protocol === 'https:' || isLoopback(url.hostname) || allowPlainHttp) return undefined;
  return 'is plain HTTP and its host is not loopback: anybody on the way could read the secret (MTLS_ALLOW_HTTP_ENDPOINT=true accepts it)';
}
