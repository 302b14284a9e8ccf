import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { findBinary } from '../envoy/binary.ts';
import { envoyEnvironment } from '../envoy/environment.ts';
import { validateConfiguration } from '../envoy/validation.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/**
 * Has Envoy validate its configuration (`--mode validate`), told by arguments: a compiled one goes over as `--config-yaml`, because a
 * check leaves no file behind; it names secrets and holds none.
 */
export async function checkEnvoy({ envoy }: Config, configuration: readonly string[] | undefined, env: Readonly<Record<string, string | undefined>>, clock: Clock): Promise<Finding> {
  try {
    const binary = await findBinary({ envoy, path: env.PATH });
    if (configuration === undefined) return warning('envoy', `${binary} cannot judge the configuration before its SDS files are there`, 'they are delivered before Envoy starts');
    await validateConfiguration({ binary, arguments: configuration, environment: envoyEnvironment(env) }, clock);
    return ok('envoy', `${binary} accepts the configuration`);
  } catch (thrown) {
    return failed('envoy', thrown);
  }
}
