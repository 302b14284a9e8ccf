// @ts-check
/**
 * `npm run stacks [DIR]`: mesh/stacks as they are deployed, in dist/stacks: the handlers inlined into renewal.yaml, comments left
 * out; and beside them the same handlers with the SDK of our lock file inside, for `aws cloudformation package`.
 */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { HANDLERS, bundleOf, inlined } from './lambdas.mjs';
import { HOME } from './recipe.mjs';

/** A template in the request (CloudFormation quotas). */
export const MOST_BYTES = 51_200;

/** A template with code in place of each `{{handler}}`. @param {string} template @returns {Promise<string>} */
export async function packaged(template) {
  let text = template;
  for (const name of HANDLERS) {
    const mark = `"{{${name}}}"`;
    if (text.includes(mark)) text = text.replace(mark, JSON.stringify(inlined(await bundleOf(name))));
  }
  return withoutComments(text);
}

/** Lines that hold nothing but a comment; readers find them in mesh/stacks. @param {string} text */
function withoutComments(text) {
  return text.replace(/^ *#.*\n/gm, '');
}

/** @param {string} directory */
export async function writeStacks(directory) {
  await mkdir(directory, { recursive: true });
  const source = join(HOME, 'mesh/stacks');
  for (const name of await readdir(source)) {
    const template = await readFile(join(source, name), 'utf8');
    await writeFile(join(directory, name), await packaged(template));
    if (!template.includes('{{')) continue;
    await writeFile(join(directory, name.replace('.yaml', '.pinned.yaml')), withoutComments(template.replace(/Code:\n\s+ZipFile: "\{\{(\w+)\}\}"/g, 'Code: ./$1')));
  }
  for (const name of HANDLERS) {
    await build({
      entryPoints: [`src/lambda/${name}-handler.ts`],
      absWorkingDir: HOME,
      outfile: join(directory, name, 'index.js'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node22',
      minify: true,
      legalComments: 'none',
      logLevel: 'warning',
    });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const directory = process.argv[2] ?? join(HOME, 'dist/stacks');
  await writeStacks(directory);
  process.stdout.write(`${directory}\n`);
}
