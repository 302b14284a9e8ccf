import type { Clock } from '../../clock.ts';
import { resourceId } from './arn.ts';
import { AwsError } from './aws-error.ts';
import type { Happening } from './event-bus.ts';
import type { Input } from './input.ts';
import type { RandomInt } from './random-password.ts';
import { epochSeconds, type Operation, type Service, type Site } from './service.ts';

interface Deployment {
  readonly id: string;
  readonly createdAt: Date;
  status: 'PRIMARY' | 'ACTIVE';
  rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  reason: string;
}

/** Replaces the tasks of a service: starts new ones, waits until they are ready, drains the old. Rejects when they do not come up. */
export type Replace = () => Promise<void>;

interface RunningService {
  readonly arn: string;
  readonly replace: Replace;
  deployments: Deployment[];
}

/** Elastic Container Service, as far as replacing the tasks of a service goes: two deployments at a time, and the event at its end. */
export class ContainerService implements Service {
  readonly targetPrefix = 'AmazonEC2ContainerServiceV20141113';
  readonly signingName = 'ecs';
  readonly messageMember = 'message';
  readonly resourceMembers = ['service', 'cluster'];
  readonly operations: Readonly<Record<string, Operation>> = {
    UpdateService: (input) => this.#updateService(input),
    DescribeServices: (input) => this.#describeServices(input),
  };
  readonly #services = new Map<string, RunningService>();
  readonly #site: Site;
  readonly #clock: Clock;
  readonly #random: RandomInt;
  readonly #publish: (happening: Happening) => void;

  constructor(site: Site, clock: Clock, random: RandomInt, publish: (happening: Happening) => void) {
    this.#site = site;
    this.#clock = clock;
    this.#random = random;
    this.#publish = publish;
  }

  resourceArn(input: Input): string | undefined {
    const [named] = input.texts('services') ?? [];
    return this.#services.get(`${input.text('cluster')}/${named ?? input.text('service')}`)?.arn;
  }

  /** A service that runs; its first deployment is complete. */
  create(cluster: string, service: string, replace: Replace): void {
    const arn = `arn:aws:ecs:${this.#site.region}:${this.#site.account}:service/${cluster}/${service}`;
    this.#services.set(`${cluster}/${service}`, { arn, replace, deployments: [this.#deployment('COMPLETED')] });
  }

  #deployment(rolloutState: Deployment['rolloutState']): Deployment {
    return { id: `ecs-svc/${resourceId(this.#random)}`, createdAt: this.#clock.now(), status: 'PRIMARY', rolloutState, reason: `ECS deployment ${rolloutState.toLowerCase()}.` };
  }

  #updateService(input: Input): object {
    const running = this.#services.get(`${input.text('cluster')}/${input.text('service')}`);
    if (!running) throw new AwsError('ServiceNotFoundException', 'Service not found.');
    if (input.flag('forceNewDeployment', false)) this.#deploy(running);
    return { service: describe(running) };
  }

  #deploy(running: RunningService): void {
    const deployment = this.#deployment('IN_PROGRESS');
    for (const old of running.deployments) old.status = 'ACTIVE';
    running.deployments = [deployment, ...running.deployments];
    const end = (rolloutState: 'COMPLETED' | 'FAILED', reason: string): void => {
      deployment.rolloutState = rolloutState;
      deployment.reason = reason;
      if (rolloutState === 'COMPLETED') running.deployments = [deployment];
      this.#publish({ source: 'aws.ecs', detailType: 'ECS Deployment State Change', resources: [running.arn], detail: { eventName: `SERVICE_DEPLOYMENT_${rolloutState}`, deploymentId: deployment.id, reason } });
    };
    running.replace().then(
      () => end('COMPLETED', 'ECS deployment completed.'),
      (cause: unknown) => end('FAILED', `ECS deployment circuit breaker: tasks failed to start: ${String(cause)}`),
    );
  }

  #describeServices(input: Input): object {
    const cluster = input.text('cluster');
    const names = input.texts('services') ?? [];
    const found = names.map((name) => [name, this.#services.get(`${cluster}/${name}`)] as const);
    return {
      services: found.flatMap(([, running]) => (running ? [describe(running)] : [])),
      failures: found.filter(([, running]) => running === undefined).map(([name]) => ({ arn: name, reason: 'MISSING' })),
    };
  }
}

function describe({ arn, deployments }: RunningService): object {
  return {
    serviceArn: arn,
    serviceName: arn.split('/').at(-1),
    status: 'ACTIVE',
    deployments: deployments.map(({ id, status, createdAt, rolloutState, reason }) => ({ id, status, createdAt: epochSeconds(createdAt), rolloutState, rolloutStateReason: reason, desiredCount: 1, runningCount: 1 })),
  };
}
