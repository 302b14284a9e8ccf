import { cleanEnv, makeExactValidator } from 'envalid';
import { AgentError } from '../errors.ts';
import { readAwsSettings } from './aws-settings.ts';
import type { Config } from './config.ts';
import { type Environment, withoutEmpty } from './environment.ts';
import { quote } from './quote.ts';
import { SETTINGS } from './variables.ts';

type Settings = typeof SETTINGS;
type Name = keyof Settings;
/** What each variable parses to; undefined where it has no default and was not given. */
type Values = { readonly [N in Name]: ReturnType<Settings[N]['parse']> | (Settings[N] extends { fallback: string } ? never : undefined) };

const NAMES = Object.keys(SETTINGS) as Name[];

/** The environment as a Config, or one `config-invalid` that lists every problem. An empty variable counts as not set. */
export async function parseConfig(environment: Environment): Promise<Config> {
  const env = withoutEmpty(environment);
  const { values, problems } = readValues(env);
  problems.push(...(await describeUnknown(env)));
  if (problems.length > 0) throw invalid(problems);
  return toConfig(values, env);
}

function readValues(env: Environment): { readonly values: Values; readonly problems: string[] } {
  const problems: string[] = [];
  const given = { ...env, MTLS_ENDPOINT: env.MTLS_ENDPOINT ?? env.APPMESH_RESOURCE_ARN };
  const values = cleanEnv(given, SPECS, {
    // envalid's own reporter prints and exits; ours collects, so that unknown names join the list
    reporter({ errors }) {
      for (const [name, error] of Object.entries(errors)) problems.push(`${spelling(name, env)}: ${describe(error)}`);
    },
  });
  return { values: values as unknown as Values, problems };
}

const SPECS = Object.fromEntries(
  NAMES.map((name) => {
    const setting: { parse: (given: string) => unknown; meaning: string; fallback?: string } = SETTINGS[name];
    const { parse, meaning, fallback } = setting;
    return [name, makeExactValidator<unknown>(parse)({ desc: meaning, default: fallback === undefined ? undefined : parse(fallback) } as { default: undefined })];
  }),
);

/** The name under which the value was given. */
function spelling(name: string, env: Environment): string {
  return name === 'MTLS_ENDPOINT' && env.MTLS_ENDPOINT === undefined ? 'APPMESH_RESOURCE_ARN' : name;
}

function describe(error: unknown): string {
  if (error instanceof AgentError && error.hint !== undefined) return `${error.message} (${error.hint})`;
  return error instanceof Error ? error.message : String(error);
}

async function describeUnknown(env: Environment): Promise<readonly string[]> {
  const unknown = Object.keys(env).filter((name) => name.startsWith('MTLS_') && !Object.hasOwn(SETTINGS, name));
  if (unknown.length === 0) return [];
  const { closest } = await import('fastest-levenshtein');
  return unknown.map((name) => `${name}: unknown, given ${quote(env[name] ?? '')}; the nearest known name is ${closest(name, NAMES)}`);
}

function invalid(problems: readonly string[]): AgentError {
  const [first, ...others] = problems;
  const message = others.length === 0 ? `configuration: ${first ?? ''}` : `configuration: ${problems.length} problems\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
  return new AgentError('config-invalid', message, { hint: 'mtls-agent --help lists every variable with its default' });
}

function toConfig(values: Values, env: Environment): Config {
  return {
    identity: values.MTLS_IDENTITY,
    trust: values.MTLS_TRUST ?? [],
    names: values.MTLS_NAMES ?? [],
    sources: values.MTLS_SOURCES,
    mesh: values.MTLS_MESH ?? [],
    endpoint: values.MTLS_ENDPOINT,
    delivery: values.MTLS_DELIVERY,
    directory: values.MTLS_DIR,
    pollMs: values.MTLS_POLL,
    notices: values.MTLS_NOTICES,
    deadlineMs: values.MTLS_DEADLINE,
    admin: values.MTLS_ADMIN === 'off' ? undefined : values.MTLS_ADMIN,
    envoy: values.MTLS_ENVOY,
    envoyAdmin: values.MTLS_ENVOY_ADMIN,
    drainMs: values.MTLS_DRAIN,
    logLevel: values.MTLS_LOG,
    allowDisk: values.MTLS_ALLOW_DISK,
    aws: readAwsSettings(env, values.MTLS_ALLOW_HTTP_ENDPOINT),
  };
}
