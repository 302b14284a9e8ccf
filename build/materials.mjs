// @ts-check
/** What the image is made of, told by script: the bill of materials (CycloneDX) and the licences of all that is in it. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * npm's own document with Node added, and without what differs from build to build.
 *
 * @param {string} document of `npm sbom --sbom-format cyclonedx`
 */
export function sbom(document) {
  /** @type {{ serialNumber?: string, metadata: { timestamp?: string }, components: object[] }} */
  const bill = JSON.parse(document);
  delete bill.serialNumber;
  delete bill.metadata.timestamp;
  const version = process.version.slice(1);
  bill.components.push({ type: 'application', name: 'node', version, 'bom-ref': `node@${version}`, purl: `pkg:generic/node@${version}` });
  return `${JSON.stringify(bill, null, 2)}\n`;
}

/**
 * Every production dependency and Node, each under the text of its licence; packages that share a text stand together.
 *
 * @param {string} home folder of package-lock.json and node_modules
 * @returns {string}
 * @throws {Error} for a package that names no licence
 */
export function licences(home) {
  /** @type {{ packages: Record<string, { dev?: boolean, version?: string, license?: string }> }} */
  const lock = JSON.parse(readFileSync(join(home, 'package-lock.json'), 'utf8'));
  /** @type {Map<string, string[]>} */
  const holders = new Map();
  const add = (/** @type {string} */ holder, /** @type {string} */ text) => holders.set(text, [...(holders.get(text) ?? []), holder]);
  add('mtls-agent: MIT', readFileSync(join(home, 'LICENSE'), 'utf8').trim());
  for (const [path, { dev, version = '', license }] of Object.entries(lock.packages)) {
    if (path === '' || dev === true) continue;
    const name = path.replace(/^.*node_modules\//, '');
    if (license === undefined) throw new Error(`${name} ${version} names no licence in package-lock.json`);
    add(`${name} ${version}: ${license}`, textIn(join(home, path)) ?? '(carries no text of its own)');
  }
  add(`node ${process.version.slice(1)}: MIT and others`, textIn(join(dirname(process.execPath), '..')) ?? 'https://github.com/nodejs/node/blob/main/LICENSE');
  return `${[...holders].map(([text, names]) => `${names.join('\n')}\n\n${text}`).join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/** @param {string} folder @returns {string | undefined} */
function textIn(folder) {
  const name = readdirSync(folder).find((entry) => /^licen[cs]e(\.|-|$)/i.test(entry));
  return name === undefined ? undefined : readFileSync(join(folder, name), 'utf8').trim();
}
