import { execFile } from 'node:child_process';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { findBinary } from '../envoy/binary.ts';
import { envoyEnvironment } from '../envoy/environment.ts';
import { AgentError } from '../errors.ts';
import { type Finding, failed, ok } from './finding.ts';

/** Validation takes Envoy about 60 ms; a cold disk some hundred. */
const VALIDATE_LIMIT_MS = 10_000;

/**
 * Has Envoy validate the compiled configuration (`--mode validate`). It goes over as an argument, because a check leaves
 * no file behind; it names secrets and holds none.
 */
export async function checkEnvoy({ envoy }: Config, bootstrap: object, env: Readonly<Record<string, string | undefined>>, clock: Clock): Promise<Finding> {
  try {
    const binary = await findBinary({ envoy, path: env.PATH });
    await validate(binary, bootstrap, envoyEnvironment(env), clock);
    return ok('envoy', `${binary} accepts the compiled configuration`);
  } catch (thrown) {
    return failed('envoy', thrown);
  }
}

function validate(binary: string, bootstrap: object, env: Record<string, string>, clock: Clock): Promise<void> {
  const signal = clock.deadline(VALIDATE_LIMIT_MS, new Error(`no answer within ${VALIDATE_LIMIT_MS / 1000} s`));
  return new Promise((resolve, reject) => {
    execFile(binary, ['--mode', 'validate', '--log-level', 'error', '--config-yaml', JSON.stringify(bootstrap)], { env, signal }, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(refusal(binary, stderr, error));
    });
  });
}

function refusal(binary: string, stderr: string, cause: Error): AgentError {
  const { code } = cause as { code?: unknown };
  // a string is the errno of a binary that could not be started at all
  if (typeof code === 'string') return new AgentError('envoy-missing', `envoy at ${binary} cannot be executed: ${code}`, { hint: 'is it a binary for this processor and this libc?', cause });
  const words = stderr.trim().split('\n').at(-1) ?? cause.message;
  return new AgentError('envoy-refused-configuration', `envoy refuses the compiled configuration: ${words}`, { hint: 'is this Envoy older than 1.36?', cause });
}
