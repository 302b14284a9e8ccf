// @ts-check
/**
 * The Lambdas' code as CloudFormation takes it inline: one CommonJS file each, the SDK left to the runtime, packed, because a
 * template that goes into a request may have 51,200 bytes. What is packed is the plain bundle, which anybody can unpack:
 * `node -e "…brotliDecompressSync…"` as in the first line of it.
 */
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';
import { HOME } from './recipe.mjs';

export const HANDLERS = /** @type {const} */ (['exporter', 'renewer']);

/** @typedef {(typeof HANDLERS)[number]} Handler */

/** The bundle itself. @param {Handler} name @returns {Promise<string>} */
export async function bundleOf(name) {
  const { outputFiles } = await build({
    entryPoints: [`src/lambda/${name}-handler.ts`],
    absWorkingDir: HOME,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    minify: true,
    // no fallback for keys that ACM does not export
    external: ['@aws-sdk/*', 'node-forge'],
    legalComments: 'none',
    logLevel: 'warning',
  });
  return outputFiles[0]?.text ?? '';
}

/** For `ZipFile`: index.js, whose `handler` Lambda calls. @param {string} bundle */
export function inlined(bundle) {
  const packed = brotliCompressSync(bundle, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT } });
  return `const code=require('zlib').brotliDecompressSync(Buffer.from('${packed.toString('base64')}','base64')).toString();module._compile(code,__filename)`;
}
