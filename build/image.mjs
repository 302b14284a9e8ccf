// @ts-check
/**
 * `node build/image.mjs DIR`, in the build stage of the Dockerfile and after `npm run build`: lays out in DIR/root what the
 * image adds to Envoy's, and in DIR/run what belongs to the agent's user. This very Node, the libraries it has loaded that
 * a distroless image lacks, the bundles with their code caches, the licences and the bill of materials: nothing else.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, lutimesSync, mkdirSync, readFileSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HOME } from './recipe.mjs';
import { licences, sbom } from './materials.mjs';

/** Two builds give the same files, times included. */
const EPOCH = new Date(0);
/** What of dist/ belongs to the demo. */
const DEMO = /^(demo|janitor|companion)\.cjs/;
/** Of what Node needs: glibc is in every base that runs Envoy, the C++ runtime is in none that is distroless. */
const LACKING = /\/(libstdc\+\+|libgcc_s)\.so/;
/** A `#!` line takes one flag; with no pool of its own for V8 Node has six threads fewer. */
const SHEBANG = '#!/usr/bin/node --v8-pool-size=0';

const [, , target = ''] = process.argv;
if (target === '') throw new Error('usage: node build/image.mjs DIR');
const root = join(target, 'root');

/** @param {string} path in the image @param {number} [mode] */
const directory = (path, mode = 0o755) => mkdirSync(join(root, path), { recursive: true, mode });

directory('usr/bin');
directory('usr/lib/mtls-agent');
directory('usr/share/doc/mtls-agent');

copyFileSync(process.execPath, join(root, 'usr/bin/node'));
chmodSync(join(root, 'usr/bin/node'), 0o755);
for (const library of libraries()) {
  const home = dirname(library.replace(/^\/lib\//, '/usr/lib/'));
  directory(home);
  // under the name that the loader asks for; the file behind it carries its full version
  copyFileSync(realpathSync(library), join(root, home, basename(library)));
}
for (const name of readdirSync(join(HOME, 'dist')).filter((name) => !DEMO.test(name))) copyFileSync(join(HOME, 'dist', name), join(root, 'usr/lib/mtls-agent', name));
const loader = join(root, 'usr/lib/mtls-agent/mtls-agent.cjs');
writeFileSync(loader, readFileSync(loader, 'utf8').replace(/^#!.*/, SHEBANG));
chmodSync(loader, 0o755);
symlinkSync('../lib/mtls-agent/mtls-agent.cjs', join(root, 'usr/bin/mtls-agent'));

writeFileSync(join(root, 'usr/share/doc/mtls-agent/sbom.cdx.json'), sbom(npm('sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev')));
writeFileSync(join(root, 'usr/share/doc/mtls-agent/licences.txt'), licences(HOME));

mkdirSync(join(target, 'run/mtls-agent'), { recursive: true });
chmodSync(join(target, 'run/mtls-agent'), 0o700);
settle(target);

/** The shared objects this process has loaded and the base lacks. @returns {string[]} */
function libraries() {
  const report = /** @type {{ sharedObjects: string[] }} */ (/** @type {unknown} */ (process.report.getReport()));
  return report.sharedObjects.filter((path) => LACKING.test(path) && existsSync(path));
}

/** @param {...string} args */
function npm(...args) {
  return execFileSync('npm', args, { cwd: HOME, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

/** Files first, then their folder: a file that is made touches it. @param {string} path */
function settle(path) {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) settle(child);
    else lutimesSync(child, EPOCH, EPOCH);
  }
  lutimesSync(path, EPOCH, EPOCH);
}
