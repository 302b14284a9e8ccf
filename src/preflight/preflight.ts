import { createAws } from '../aws/clients.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { parseConfig } from '../config/parse.ts';
import { refuseUnsafeEnvironment } from '../config/refusals.ts';
import { type Managed, openManaged } from '../managed.ts';
import type { EnvoyArguments } from '../envoy/arguments.ts';
import { type Plan, plan } from '../plan.ts';
import { checkCapacity } from './capacity.ts';
import { checkCredentials } from './credentials.ts';
import { checkDirectory } from './directory.ts';
import { checkEnvoy } from './envoy.ts';
import { type Finding, failed, ok, warning } from './finding.ts';
import { checkNotices } from './notices.ts';
import { checkSources } from './sources.ts';

export interface PreflightPorts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly uid: number;
  /** What stands behind `--`, as `run` takes it. */
  readonly envoyArguments: EnvoyArguments;
}

/** Everything that `run` would stumble over, in one go: each look goes as far as the ones before it allow. Writes nothing. */
export async function runPreflight({ env, clock, uid, envoyArguments }: PreflightPorts, signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = [];
  await attempt(findings, () => refuseUnsafeEnvironment(env));
  const config = await attempt(findings, () => parseConfig(env));
  if (config === undefined) return findings;
  const planned = await attempt(findings, () => plan(config, envoyArguments));
  const managed = planned && (await attempt(findings, () => openManaged(config, planned.manifest, { env, aws: createAws(config.aws, env, clock) })));
  if (planned) findings.push(...describePlan(planned, findings));
  findings.push(...(await look(config, planned, managed, { env, clock, uid, envoyArguments }, signal)));
  return findings;
}

async function look(config: Config, planned: Plan | undefined, managed: readonly Managed[] | undefined, { env, clock, uid, envoyArguments }: PreflightPorts, signal: AbortSignal): Promise<Finding[]> {
  const usesAws = managed?.some(({ sources }) => sources.some(({ description }) => /^(arn:|secret:)/.test(description))) ?? false;
  const findings = await Promise.all([
    usesAws ? checkCredentials(config.aws, env, clock).then((finding) => [finding]) : [],
    managed ? checkSources(managed, clock, signal) : [],
    config.notices === undefined ? [] : checkNotices(config.notices, createAws(config.aws, env, clock), clock, signal).then((finding) => [finding]),
    planned ? checkDirectory(config, planned.manifest, uid).then((finding) => [finding]) : [],
    planned ? validated(config, planned, envoyArguments).then((configuration) => checkEnvoy(config, configuration, env, clock)).then((finding) => [finding]) : [],
    checkCapacity(config),
  ]);
  return findings.flat();
}

/** How Envoy gets what it shall validate; undefined: it cannot yet. */
async function validated(config: Config, { configuration }: Plan, envoyArguments: EnvoyArguments): Promise<readonly string[] | undefined> {
  // SDS files do not exist before a start, and Envoy insists on them even to validate: what differs is where secrets come from
  if ('file' in configuration) return config.delivery === 'files' ? undefined : ['-c', configuration.file, '--config-yaml', JSON.stringify(configuration.addition), ...envoyArguments.rest];
  const { configuration: compiled } = await plan({ ...config, delivery: 'sds' }, envoyArguments);
  return ['--config-yaml', JSON.stringify('bootstrap' in compiled ? compiled.bootstrap : {}), ...envoyArguments.rest];
}

function describePlan({ manifest, configuration, warnings }: Plan, findings: readonly Finding[]): Finding[] {
  if (findings.some(({ status }) => status === 'failed')) return [];
  const references = manifest.secrets.map(({ kind, reference }) => `${kind} ${reference}`).join(', ');
  const who = 'file' in configuration ? configuration.file : `${manifest.endpoint} of mesh ${manifest.mesh}`;
  return [ok('configuration', `${who} needs ${references || 'no certificate'}`), ...warnings.map(({ message, hint }) => warning('configuration', message, hint))];
}

async function attempt<T>(findings: Finding[], step: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (thrown) {
    findings.push(failed('configuration', thrown));
    return undefined;
  }
}
