// @ts-check
/**
 * A Docker engine for the container suite: the one that runs here, or one from Debian's packages, started for the suite
 * with a folder of its own and taken down after it, forwarding and firewall as before.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Why there is no engine here: for the one line that says so. */
export class NoEngine extends Error {}

/**
 * @typedef {object} Engine
 * @property {Readonly<Record<string, string>>} environment what `docker` and compose need to find it
 * @property {readonly string[]} compose the command of Compose
 * @property {() => Promise<void>} stop
 */

/** dockerd answers after 0.7 s where it can run. */
const START_LIMIT_MS = 30_000;
const FORWARDING = '/proc/sys/net/ipv4/ip_forward';

/**
 * @param {(line: string) => void} log
 * @returns {Promise<Engine>}
 * @throws {NoEngine}
 */
export async function startEngine(log) {
  if (await works('docker', ['info'])) return { environment: {}, compose: await findCompose(), stop: () => Promise.resolve() };
  if (process.getuid?.() !== 0) throw new NoEngine('no Docker engine answers, and only root can start one');
  if (!(await works('dockerd', ['--version'])) || !(await works('iptables', ['--version']))) await install(log);
  const compose = await findCompose();
  return { ...(await startDaemon(log)), compose };
}

/** @param {(line: string) => void} log */
async function install(log) {
  if (!(await works('apt-get', ['--version']))) throw new NoEngine('no Docker engine, and no apt-get to install one');
  log("installing Docker and Compose from Debian's packages (some 45 s, once)");
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (/** @type {string[]} */ ...args) => execute('apt-get', ['-q', '-y', ...args], { env, maxBuffer: 64 * 1024 * 1024 });
  try {
    await apt('update');
    await apt('install', '--no-install-recommends', 'docker.io', 'docker-compose', 'iptables');
  } catch (thrown) {
    throw new NoEngine(`apt-get could not install docker.io: ${lastLine(thrown)}`);
  }
}

/** @returns {Promise<readonly string[]>} */
async function findCompose() {
  if (await works('docker', ['compose', 'version'])) return ['docker', 'compose'];
  if (await works('docker-compose', ['version'])) return ['docker-compose'];
  throw new NoEngine('neither docker compose nor docker-compose is here');
}

/** @param {(line: string) => void} log */
async function startDaemon(log) {
  const { stdout: firewall } = await execute('iptables-save');
  const forwarding = readFileSync(FORWARDING, 'utf8');
  const folder = await mkdtemp(join(tmpdir(), 'mtls-docker-'));
  const socket = join(folder, 'docker.sock');
  log('starting dockerd');
  const args = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid'), '-H', `unix://${socket}`];
  // the limits of a container are what ECS gives, not what this machine's root may
  const daemon = spawn('dockerd', [...args, '--storage-driver=overlay2', '--default-ulimit', 'nofile=1024:1024'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  daemon.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => (said = (said + text).slice(-4_000)));
  const ended = once(daemon, 'exit');
  const environment = { DOCKER_HOST: `unix://${socket}` };
  const stop = async () => {
    daemon.kill('SIGTERM');
    await ended;
    await undo(firewall, forwarding);
    // dockerd leaves the name space of its host networks mounted
    await execute('umount', [join(folder, 'exec/netns/default')]).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };
  for (let waited = 0; !(await works('docker', ['info'], environment)); waited += 200) {
    if (daemon.exitCode !== null || waited > START_LIMIT_MS) {
      await stop();
      throw new NoEngine(`dockerd does not come up: ${said.trim().split('\n').at(-1) ?? ''}`);
    }
    await sleep(200);
  }
  return { environment, stop };
}

/**
 * dockerd leaves its bridge, its chains, a closed FORWARD and forwarding behind.
 *
 * @param {string} firewall of iptables-save
 * @param {string} forwarding
 */
async function undo(firewall, forwarding) {
  await execute('ip', ['link', 'delete', 'docker0']).catch(() => undefined);
  for (const table of ['filter', 'nat']) {
    await execute('iptables', ['-t', table, '-F']).catch(() => undefined);
    await execute('iptables', ['-t', table, '-X']).catch(() => undefined);
  }
  await execute('iptables', ['-P', 'FORWARD', 'ACCEPT']).catch(() => undefined);
  const restore = spawn('iptables-restore', { stdio: ['pipe', 'ignore', 'ignore'] });
  restore.stdin.end(firewall);
  await once(restore, 'exit');
  if (existsSync(FORWARDING)) writeFileSync(FORWARDING, forwarding);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Readonly<Record<string, string>>} [environment]
 */
function works(command, args, environment = {}) {
  return execute(command, args, { env: { ...process.env, ...environment } }).then(
    () => true,
    () => false,
  );
}

/** @param {unknown} thrown */
function lastLine(thrown) {
  const { stderr = '', message = '' } = /** @type {{ stderr?: string, message?: string }} */ (thrown);
  return (stderr.trim() || message).split('\n').at(-1) ?? '';
}
