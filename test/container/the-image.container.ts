import { expect, test } from 'vitest';
import { docker, must, run } from './docker.ts';

const ENVOY_IMAGE = process.env['ENVOY_IMAGE'] ?? '';
const NODE_IMAGE = process.env['NODE_IMAGE'] ?? '';

/** Every path of an image, but folders. */
async function pathsOf(image: string): Promise<ReadonlySet<string>> {
  const container = (await docker('create', image, 'x')).trim();
  try {
    const { stdout } = await run('sh', ['-c', `docker export ${container} | tar -t`]);
    return new Set(stdout.split('\n').filter((path) => path !== '' && !path.endsWith('/')).map((path) => `/${path.replace(/^\.\//, '')}`));
  } finally {
    await docker('rm', container);
  }
}

test('the image is its base with node, the bundles, two libraries and the papers: no shell, no npm (promises 74, 75)', async () => {
  const [base, image] = await Promise.all([pathsOf(ENVOY_IMAGE), pathsOf('mtls-agent')]);
  expect([...base].filter((path) => !image.has(path))).toEqual([]);
  const added = [...image].filter((path) => !base.has(path));
  const bundles = added.filter((path) => /^\/usr\/lib\/mtls-agent\/[a-z0-9-]+\.cjs(\.[0-9a-f]{16}-v24[^/]*\.cache)?$/.test(path));
  expect(bundles).toContainEqual(expect.stringMatching(/agent\.cjs\..*\.cache$/));
  expect(added.filter((path) => !bundles.includes(path)).sort()).toEqual([
    '/usr/bin/mtls-agent',
    '/usr/bin/node',
    expect.stringMatching(/^\/usr\/lib\/[a-z0-9_]+-linux-gnu\/libgcc_s\.so\.1$/),
    expect.stringMatching(/^\/usr\/lib\/[a-z0-9_]+-linux-gnu\/libstdc\+\+\.so\.6$/),
    '/usr/share/doc/mtls-agent/licences.txt',
    '/usr/share/doc/mtls-agent/sbom.cdx.json',
  ]);
  expect([...image].filter((path) => /\/(sh|bash|dash|npm|apt|dpkg|curl|openssl)$/.test(path) && !path.startsWith('/usr/share/') && !path.startsWith('/etc/'))).toEqual([]);
});

test('it starts without a shell, as 1337, and the agent answers for itself', async () => {
  expect(await docker('run', '--rm', '--entrypoint', '/usr/bin/mtls-agent', 'mtls-agent', 'version')).toMatch(/^mtls-agent \d+\.\d+\.\d+/);
  const config = JSON.parse(await docker('inspect', '--format', '{{json .Config}}', 'mtls-agent')) as { User: string; Entrypoint: string[]; Healthcheck: { Test: string[] } };
  expect(config).toMatchObject({ User: '1337:1337', Entrypoint: ['/usr/bin/mtls-agent', 'run'], Healthcheck: { Test: ['CMD', '/usr/bin/mtls-agent', 'status', '--health'] } });
  const { code, stderr } = await run('docker', ['run', '--rm', 'mtls-agent']);
  expect(stderr).toContain('error:');
  expect(code).toBe(78);
});

test('V8 takes the code cache that the build made: same node, same flags', async () => {
  const { stderr } = await run('docker', ['run', '--rm', '--env', 'NODE_DEBUG=mtls-agent', 'mtls-agent']);
  expect(stderr).toContain('error:');
  expect(stderr).not.toMatch(/code cache refused|no code cache: \S*\/agent\.cjs/);
});

// V8 writes what it compiled in an order of its own: three caches of one bundle had 527,024, 527,000 and 527,048 bytes
test('built again in the same place, every file is the same but the code caches', async () => {
  const args = Object.entries({ ENVOY_IMAGE, NODE_IMAGE }).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
  await must('docker', 'build', '--quiet', '--network', 'host', '--target', 'build', '--tag', 'mtls-agent-build', ...args, '.');
  const program = `const { execFileSync } = require('node:child_process'); const { createHash } = require('node:crypto'); const fs = require('node:fs');
    const sums = (folder) => { const lines = []; const walk = (path) => { const stat = fs.lstatSync(path);
        if (stat.isDirectory()) return fs.readdirSync(path).forEach((name) => walk(path + '/' + name));
        lines.push(path.slice(folder.length) + ' ' + stat.mtimeMs + ' ' + (stat.isFile() ? createHash('sha256').update(fs.readFileSync(path)).digest('hex') : fs.readlinkSync(path))); };
      walk(folder); return lines.sort(); };
    execFileSync('npm', ['run', 'build'], { stdio: 'ignore' }); execFileSync('node', ['build/image.mjs', '/again'], { stdio: 'ignore' });
    console.log(JSON.stringify({ first: sums('/image'), again: sums('/again') }));`;
  const { first, again } = JSON.parse(await docker('run', '--rm', '--network', 'none', 'mtls-agent-build', 'node', '-e', program)) as { first: string[]; again: string[] };
  expect(first.length).toBeGreaterThan(15);
  const settled = (sums: readonly string[]): string[] => sums.map((sum) => sum.replace(/(\.cache \d+) .*/, '$1'));
  expect(settled(again)).toEqual(settled(first));
});
