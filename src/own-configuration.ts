import { join } from 'node:path';
import type { Config } from './config/config.ts';
import { readEnvoyFile } from './config/envoy-file.ts';
import { type IsOurs, type Resources, type SecretUse, dialableListeners, secretUses } from './envoy/secret-use.ts';
import { AgentError } from './errors.ts';
import { sdsCluster } from './mesh/cluster.ts';
import type { Manifest, ManifestSecret } from './mesh/manifest.ts';
import { SDS_CLUSTER } from './mesh/transport-socket.ts';

/** What works and should not stay as it is. */
export interface Warning {
  readonly message: string;
  readonly hint: string;
}

/** A user's own file, and what it lacks. */
export interface Own {
  readonly file: string;
  readonly addition: object;
  /** What Envoy needs of us by the listeners and clusters that it has now. */
  readonly manifestOf: (resources: Resources) => Manifest;
}

/** SDS names in a hand-written configuration. */
const NAMES = { identity: 'identity', trust: 'trust' } as const;

/** What the agent has to know of a bootstrap. */
interface OwnBootstrap {
  readonly node?: { readonly id?: string; readonly cluster?: string };
  readonly admin?: { readonly address?: { readonly socket_address?: { readonly address?: string; readonly port_value?: number }; readonly pipe?: { readonly path?: string } } };
  readonly dynamic_resources?: object;
  readonly static_resources?: { readonly listeners?: readonly unknown[]; readonly clusters?: readonly unknown[] };
}

export interface OwnPlan {
  readonly manifest: Manifest;
  readonly configuration: Own;
  readonly adminAddress: string;
  readonly warnings: readonly Warning[];
}

type Settings = Pick<Config, 'identity' | 'trust' | 'sources' | 'mesh' | 'directory' | 'delivery'>;

/**
 * How to run with a user's own configuration: what it lacks is added to it, what would get into the agent's way is refused.
 *
 * @param envoyArguments what stands behind `--`, without the file
 * @throws {AgentError} `config-invalid`
 */
export async function planOwnConfiguration(file: string, envoyArguments: readonly string[], settings: Settings): Promise<OwnPlan> {
  if (settings.mesh.length > 0) throw new AgentError('config-invalid', `Envoy's configuration is ${file}, and MTLS_MESH asks to compile another one`, { hint: 'choose one of them' });
  const bootstrap = (await readEnvoyFile(file)) as OwnBootstrap;
  const resources = { listeners: bootstrap.static_resources?.listeners ?? [], clusters: bootstrap.static_resources?.clusters ?? [] };
  if (clusterNames(resources).includes(SDS_CLUSTER)) throw new AgentError('config-invalid', `${file} defines the cluster ${SDS_CLUSTER} itself`, { hint: 'take it out: the agent adds it, and knows where its socket is' });
  const isOurs = leadsToAgent(settings);
  const uses = secretUses(resources, isOurs);
  refuseStrangeNames(uses, file);
  const moving = bootstrap.dynamic_resources !== undefined;
  const secrets = secretsFor(settings, uses, moving);
  const manifestOf = (current: Resources): Manifest => ({ mesh: file, endpoint: file, secrets: countIn(secrets, secretUses(current, isOurs)), listeners: dialableListeners(current, isOurs) });
  return {
    manifest: manifestOf(resources),
    configuration: { file, addition: additionTo(bootstrap, envoyArguments, settings), manifestOf },
    adminAddress: adminOf(bootstrap) ?? `unix:${adminSocket(settings.directory)}`,
    warnings: [...warnOfOrder(uses, resources, settings), ...warnOfUnused(settings, uses, moving, file)],
  };
}

/** Over gRPC from our cluster, or from the files in MTLS_DIR: whichever MTLS_DELIVERY says. */
function leadsToAgent({ delivery, directory }: Settings): IsOurs {
  return (sdsConfig) => JSON.stringify(sdsConfig).includes(delivery === 'sds' ? `"cluster_name":"${SDS_CLUSTER}"` : JSON.stringify(join(directory, 'sds')).slice(0, -1));
}

function refuseStrangeNames(uses: readonly SecretUse[], file: string): void {
  const strange = uses.find(({ name, kind }) => name !== NAMES[kind]);
  if (strange === undefined) return;
  throw new AgentError('config-invalid', `${file} asks the agent for the ${strange.kind} secret ${strange.name || 'without a name'}`, { hint: `of a hand-written configuration the names are ${NAMES.identity} and ${NAMES.trust}` });
}

/** Those that the file asks for; where listeners and clusters come later, also those that have a source. */
function secretsFor({ identity, trust, sources }: Settings, uses: readonly SecretUse[], moving: boolean): readonly ManifestSecret[] {
  const configured = { identity: identity !== undefined || 'identity:identity' in sources, trust: trust.length > 0 || 'trust:trust' in sources };
  return (['identity', 'trust'] as const).flatMap((kind) => {
    const own = uses.filter((use) => use.kind === kind);
    if (own.length === 0 && !(moving && configured[kind])) return [];
    const roles = (['client', 'server'] as const).filter((role) => own.some((use) => use.role === role));
    return [{ name: NAMES[kind], kind, reference: NAMES[kind], roles, names: [], consumers: own.length }];
  });
}

function countIn(secrets: readonly ManifestSecret[], uses: readonly SecretUse[]): readonly ManifestSecret[] {
  return secrets.map((secret) => ({ ...secret, consumers: uses.filter(({ name, kind }) => name === secret.name && kind === secret.kind).length }));
}

/** For one `--config-yaml`, which Envoy merges into the file: JSON is YAML. */
function additionTo({ node, admin }: OwnBootstrap, envoyArguments: readonly string[], { directory, delivery }: Settings): object {
  const given = (flag: string): boolean => envoyArguments.some((argument) => argument === flag || argument.startsWith(`${flag}=`));
  const lacking = {
    ...((node?.id ?? '') === '' && !given('--service-node') && { id: 'mtls-agent' }),
    ...((node?.cluster ?? '') === '' && !given('--service-cluster') && { cluster: 'mtls-agent' }),
  };
  return {
    ...(Object.keys(lacking).length > 0 && { node: lacking }),
    // 0600 in decimal, as in the compiled configuration
    ...(admin?.address === undefined && { admin: { address: { pipe: { path: adminSocket(directory), mode: 384 } } } }),
    ...(delivery === 'sds' && { static_resources: { clusters: [sdsCluster(directory)] } }),
  };
}

function adminSocket(directory: string): string {
  return join(directory, 'envoy-admin.sock');
}

/** Where the file's own admin answers. */
function adminOf({ admin }: OwnBootstrap): string | undefined {
  const { socket_address: socket, pipe } = admin?.address ?? {};
  if (pipe?.path !== undefined) return `unix:${pipe.path}`;
  if (socket?.address === undefined || socket.port_value === undefined) return undefined;
  return `${{ '0.0.0.0': '127.0.0.1', '::': '[::1]' }[socket.address] ?? socket.address}:${socket.port_value}`;
}

/** Envoy opens the SDS stream of a cluster when it adds that cluster, by name in byte order. */
function warnOfOrder(uses: readonly SecretUse[], resources: Resources, { delivery }: Settings): readonly Warning[] {
  if (delivery !== 'sds') return [];
  const clusters = clusterNames(resources);
  const early = [...new Set(uses.map(({ owner }) => owner))].filter((owner) => clusters.includes(owner) && Buffer.compare(Buffer.from(owner), Buffer.from(SDS_CLUSTER)) < 0);
  return early.map((name) => ({ message: `the cluster ${name} sorts before ${SDS_CLUSTER}: its first SDS stream fails once and comes back after a backoff`, hint: 'give it a name that sorts later, or set retry_policy.retry_back_off.base_interval: 0.01s where it names agent_sds' }));
}

function warnOfUnused({ identity, trust }: Settings, uses: readonly SecretUse[], moving: boolean, file: string): readonly Warning[] {
  if (moving) return [];
  const idle = [...(identity === undefined ? [] : ['identity' as const]), ...(trust.length === 0 ? [] : ['trust' as const])].filter((kind) => !uses.some((use) => use.kind === kind));
  return idle.map((kind) => ({ message: `MTLS_${kind.toUpperCase()} is set, and ${file} asks the agent for no secret ${NAMES[kind]}: it is not fetched`, hint: `refer to it by an sds_config that leads to ${SDS_CLUSTER}, or take the variable out` }));
}

function clusterNames({ clusters }: Resources): readonly string[] {
  return clusters.map((cluster) => String((cluster as { readonly name?: string }).name));
}
