import { DescribeServicesCommand, type ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { AgentError } from '../errors.ts';

/** A service whose tasks are replaced after a renewal, because somebody chose that over reloading. */
export interface RolledService {
  readonly cluster: string;
  readonly service: string;
}

/** `deploying`: a new deployment was started. `waiting`: one is under way; ECS tells when it ends. `done`: every service has one that is younger. */
export type RolloutOutcome = 'deploying' | 'waiting' | 'done';

/**
 * One step of replacing the tasks of all services, in their order, server before client: each only when the one before it
 * has come up. Nobody waits: the end of a deployment is an event, which takes the next step, and so does the daily sweep.
 *
 * @param since when the secret changed: tasks that are younger have read it
 */
export async function advanceRollout(ecs: ECSClient, services: readonly RolledService[], since: Date): Promise<RolloutOutcome> {
  for (const rolled of services) {
    const deployment = await primaryOf(ecs, rolled);
    if (deployment.createdAt < since) {
      await ecs.send(new UpdateServiceCommand({ ...rolled, forceNewDeployment: true }));
      return 'deploying';
    }
    if (deployment.state === 'FAILED') {
      throw new AgentError('check-failed', `the deployment of ${rolled.service} has failed: ${deployment.reason}`, {
        hint: 'the old tasks serve on with what they have; look at the stopped tasks, then invoke the renewer by hand',
      });
    }
    if (deployment.state !== 'COMPLETED') return 'waiting';
  }
  return 'done';
}

async function primaryOf(ecs: ECSClient, { cluster, service }: RolledService): Promise<{ readonly createdAt: Date; readonly state: string; readonly reason: string }> {
  const { services = [], failures = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
  const primary = services[0]?.deployments?.find(({ status }) => status === 'PRIMARY');
  if (primary?.createdAt === undefined) throw new AgentError('source-not-found', `the service ${service} in ${cluster} cannot be described: ${failures[0]?.reason ?? 'it has no deployment'}`, { hint: 'compare the names in the stack with ECS' });
  return { createdAt: primary.createdAt, state: primary.rolloutState ?? 'IN_PROGRESS', reason: primary.rolloutStateReason ?? 'no reason given' };
}
