// @ts-check
/**
 * Where no registry is in reach, both base images are made here: one like distroless, from Debian's packages, with the
 * real Envoy at its real path and neither shell nor C++ runtime; and one like node:slim, for the build stage.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findEnvoy } from './envoy.mjs';
import { findNode } from './node.mjs';

const execute = promisify(execFile);

/** What distroless/base-nossl is made of. */
const BASE = ['libc6', 'base-files', 'netbase', 'tzdata', 'ca-certificates'];
/** What npm and the build run on: a shell, the C++ runtime of Node, and coreutils with what it needs. */
const TOOLS = ['dash', 'coreutils', 'libgcc-s1', 'libstdc++6', 'libacl1', 'libattr1', 'libgmp10', 'libselinux1', 'libpcre2-8-0'];

export const STAND_INS = { envoy: 'mtls-stand-in/envoy', node: 'mtls-stand-in/node' };

/**
 * Imports both into the engine.
 *
 * @param {Readonly<Record<string, string>>} environment of the engine
 * @param {(line: string) => void} log
 */
export async function makeStandIns(environment, log) {
  const folder = await mkdtemp(join(tmpdir(), 'mtls-base-'));
  try {
    log('making base images: Debian packages, Envoy, Node');
    const base = join(folder, 'base');
    await unpack(BASE, base, folder);
    await writeFile(join(base, 'etc/passwd'), 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n');
    await writeFile(join(base, 'etc/group'), 'root:x:0:\nnonroot:x:65532:\n');
    await certificates(base);
    const node = join(folder, 'node');
    await cp(base, node, { recursive: true, verbatimSymlinks: true });
    await mkdir(join(base, 'usr/local/bin'), { recursive: true });
    await install(await findEnvoy(), join(base, 'usr/local/bin/envoy'));
    await importImage(base, STAND_INS.envoy, ['ENTRYPOINT ["/usr/local/bin/envoy"]'], environment);
    await unpack(TOOLS, node, folder);
    await furnish(node);
    await importImage(node, STAND_INS.node, ['ENV PATH=/usr/local/bin:/usr/bin:/bin', 'CMD ["node"]'], environment);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {readonly string[]} packages
 * @param {string} root
 * @param {string} folder for downloads
 */
async function unpack(packages, root, folder) {
  const downloads = join(folder, `debs-${packages[0] ?? ''}`);
  await mkdir(downloads);
  await chmod(folder, 0o755);
  await execute('apt-get', ['-q', 'download', ...packages], { cwd: downloads });
  for (const name of await readdir(downloads)) await execute('dpkg-deb', ['-x', join(downloads, name), root]);
}

/** The machine's own anchors: its way to npm may end at a proxy. @param {string} root */
async function certificates(root) {
  await mkdir(join(root, 'etc/ssl/certs'), { recursive: true });
  await copyFile('/etc/ssl/certs/ca-certificates.crt', join(root, 'etc/ssl/certs/ca-certificates.crt'));
}

/** Node, the machine's npm with its way to packages, and `env` and `sh` where scripts look for them. @param {string} root */
async function furnish(root) {
  const node = await findNode('24');
  await mkdir(join(root, 'usr/local/bin'), { recursive: true });
  await mkdir(join(root, 'usr/local/etc'), { recursive: true });
  await mkdir(join(root, 'root'), { recursive: true });
  await mkdir(join(root, 'tmp'), { recursive: true });
  await chmod(join(root, 'tmp'), 0o1777);
  await install(node, join(root, 'usr/local/bin/node'));
  await copyFile(join(dirname(node), '../LICENSE'), join(root, 'usr/local/LICENSE')).catch(() => undefined);
  const { stdout: npmHome } = await execute('npm', ['root', '--global']);
  await cp(join(npmHome.trim(), 'npm'), join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
  await symlink('dash', join(root, 'bin/sh')).catch(() => undefined);
  const { stdout: registry } = await execute('npm', ['config', 'get', 'registry']);
  await writeFile(join(root, 'usr/local/etc/npmrc'), `registry=${registry.trim()}\ncafile=/etc/ssl/certs/ca-certificates.crt\n`);
}

/** @param {string} from @param {string} to */
async function install(from, to) {
  await copyFile(from, to);
  await chmod(to, 0o755);
}

/**
 * @param {string} root
 * @param {string} name
 * @param {readonly string[]} changes
 * @param {Readonly<Record<string, string>>} environment
 */
async function importImage(root, name, changes, environment) {
  const tar = spawn('tar', ['-C', root, '--owner=0', '--group=0', '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const load = spawn('docker', ['import', ...changes.flatMap((change) => ['--change', change]), '-', name], { env: { ...process.env, ...environment }, stdio: [tar.stdout, 'ignore', 'inherit'] });
  const [code] = await once(load, 'exit');
  if (code !== 0) throw new Error(`docker import of ${name} failed`);
}
