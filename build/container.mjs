// @ts-check
/**
 * `npm run test:container [-- VITEST ARGUMENTS]`: an engine, both base images, the two images of the Dockerfile, and then
 * the suite of test/container; with --measure (`npm run bench:container`) its measurements. Where no engine can be had it
 * says so in one line and ends with 0.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { NoEngine, startEngine } from './engine.mjs';
import { HOME } from './recipe.mjs';
import { STAND_INS, makeStandIns } from './stand-ins.mjs';

const measure = process.argv[2] === '--measure';
const log = (/** @type {string} */ line) => void process.stderr.write(`… ${line}\n`);

/** @param {readonly string[]} command @param {Readonly<Record<string, string>>} environment @returns {Promise<number>} */
async function run([command = '', ...args], environment) {
  const child = spawn(command, args, { cwd: HOME, env: { ...process.env, ...environment }, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}

/** @param {import('./engine.mjs').Engine} engine */
async function suite(engine) {
  const { environment } = engine;
  await makeStandIns(environment, log);
  const bases = { ENVOY_IMAGE: STAND_INS.envoy, NODE_IMAGE: STAND_INS.node };
  for (const [name, target] of [['mtls-agent', 'agent'], ['mtls-agent-demo', 'demo']]) {
    log(`building ${name}`);
    // the host's network: npm's way out may lead over this machine's loopback
    const args = ['build', '--quiet', '--network', 'host', '--tag', name ?? '', '--target', target ?? '', ...Object.entries(bases).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]), '.'];
    if ((await run(['docker', ...args], { ...environment, DOCKER_BUILDKIT: '0' })) !== 0) throw new Error(`docker build of ${name} failed`);
  }
  return run(['npx', 'vitest', 'run', '--config', 'vitest.container.config.ts', ...process.argv.slice(measure ? 3 : 2)], { ...environment, ...bases, MTLS_COMPOSE: engine.compose.join(' '), ...(measure && { MTLS_MEASURE: 'true' }) });
}

const quit = new AbortController();
// Ctrl-C reaches vitest as well, which ends; then the engine is taken down
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => quit.abort());

/** @type {import('./engine.mjs').Engine} */
let engine;
try {
  engine = await startEngine(log);
} catch (thrown) {
  if (!(thrown instanceof NoEngine)) throw thrown;
  process.stdout.write(`\n*** test:container not run: ${thrown.message}\n0 passed, 0 failed, 1 skipped\n`);
  process.exit(0);
}
try {
  process.exitCode = await suite(engine);
} finally {
  await engine.stop();
}
