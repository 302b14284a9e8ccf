import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { findBinary } from '../envoy/binary.ts';
import { envoyEnvironment } from '../envoy/environment.ts';
import { validateConfiguration } from '../envoy/validation.ts';
import { type Finding, failed, ok } from './finding.ts';

/**
 * Has Envoy validate the compiled configuration (`--mode validate`). It goes over as an argument, because a check leaves
 * no file behind; it names secrets and holds none.
 */
export async function checkEnvoy({ envoy }: Config, bootstrap: object, env: Readonly<Record<string, string | undefined>>, clock: Clock): Promise<Finding> {
  try {
    const binary = await findBinary({ envoy, path: env.PATH });
    await validateConfiguration({ binary, arguments: ['--config-yaml', JSON.stringify(bootstrap)], environment: envoyEnvironment(env) }, clock);
    return ok('envoy', `${binary} accepts the compiled configuration`);
  } catch (thrown) {
    return failed('envoy', thrown);
  }
}
