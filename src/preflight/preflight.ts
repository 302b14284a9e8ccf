import { createAws } from '../aws/clients.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { parseConfig } from '../config/parse.ts';
import { refuseUnsafeEnvironment } from '../config/refusals.ts';
import { type Managed, openManaged } from '../managed.ts';
import { type Plan, planEndpoint } from '../plan.ts';
import { checkCapacity } from './capacity.ts';
import { checkCredentials } from './credentials.ts';
import { checkDirectory } from './directory.ts';
import { checkEnvoy } from './envoy.ts';
import { type Finding, failed, ok } from './finding.ts';
import { checkNotices } from './notices.ts';
import { checkSources } from './sources.ts';

export interface PreflightPorts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly uid: number;
}

/** Everything that `run` would stumble over, in one go: each look goes as far as the ones before it allow. Writes nothing. */
export async function runPreflight({ env, clock, uid }: PreflightPorts, signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = [];
  await attempt(findings, () => refuseUnsafeEnvironment(env));
  const config = await attempt(findings, () => parseConfig(env));
  if (config === undefined) return findings;
  const plan = await attempt(findings, () => planEndpoint(config));
  const managed = plan && (await attempt(findings, () => openManaged(config, plan.manifest, { env, aws: createAws(config.aws, env, clock) })));
  if (plan) findings.push(...describePlan(plan, findings));
  findings.push(...(await look(config, plan, managed, { env, clock, uid }, signal)));
  return findings;
}

async function look(config: Config, plan: Plan | undefined, managed: readonly Managed[] | undefined, { env, clock, uid }: PreflightPorts, signal: AbortSignal): Promise<Finding[]> {
  const usesAws = managed?.some(({ sources }) => sources.some(({ description }) => /^(arn:|secret:)/.test(description))) ?? false;
  const findings = await Promise.all([
    usesAws ? checkCredentials(config.aws, env, clock).then((finding) => [finding]) : [],
    managed ? checkSources(managed, clock, signal) : [],
    config.notices === undefined ? [] : checkNotices(config.notices, createAws(config.aws, env, clock), clock, signal).then((finding) => [finding]),
    plan ? checkDirectory(config, plan.manifest, uid).then((finding) => [finding]) : [],
    // SDS files do not exist before a start, and Envoy insists on them even to validate: what differs is where secrets come from
    plan ? planEndpoint({ ...config, delivery: 'sds' }).then(({ bootstrap }) => checkEnvoy(config, bootstrap, env, clock)).then((finding) => [finding]) : [],
    checkCapacity(config),
  ]);
  return findings.flat();
}

function describePlan({ manifest }: Plan, findings: readonly Finding[]): Finding[] {
  if (findings.some(({ status }) => status === 'failed')) return [];
  const references = manifest.secrets.map(({ kind, reference }) => `${kind} ${reference}`).join(', ');
  return [ok('configuration', `${manifest.endpoint} of mesh ${manifest.mesh} needs ${references || 'no certificate'}`)];
}

async function attempt<T>(findings: Finding[], step: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (thrown) {
    findings.push(failed('configuration', thrown));
    return undefined;
  }
}
