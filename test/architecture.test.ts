import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import packageFile from '../package.json' with { type: 'json' };
import { type Import, type SourceFile, type SourceTree, parseSource, readSourceTree, roomOf, walk } from './fixtures/source-tree.ts';

const ROOT = join(import.meta.dirname, '..');
const house = readSourceTree(join(ROOT, 'src'));

/** A rule of the house and a file that breaks it, so that no rule can sleep unnoticed. */
interface Rule {
  readonly name: string;
  readonly because: string;
  /** One line per breach; each begins with the file. */
  readonly find: (tree: SourceTree) => string[];
  /** Path under `src/` and text of a breach. */
  readonly breach: Readonly<Record<string, string>>;
}

const isGenerated = (path: string): boolean => path.startsWith('sds/gen/');
const isPure = (path: string): boolean => /^(material|generation|mesh)\/|^(schedule|sds\/subscription|envoy\/verdict)\.ts$/.test(path);
const isEntryPoint = (path: string): boolean => path === 'main.ts' || /^(demo|lambda)\//.test(path);

/** What a pure room may take from outside: it computes and nothing else. */
const PURE_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  material: ['node:crypto', 'node:tls', 'node:stream', 'node:util', 'node-forge'],
  mesh: ['node:crypto', 'yaml', 'fastest-levenshtein'],
};

const PORTS: readonly string[] = ['source/source.ts', 'source/open.ts', 'source/digest.ts', 'sink/sink.ts', 'sink/open.ts', 'sink/directory.ts'];
const isConcrete = (path: string): boolean => /^(source|sink)\//.test(path) && !PORTS.includes(path);

/** Why a file that runs needs no test file of its own. */
const UNTESTED: Readonly<Record<string, string>> = {
  'main.ts': 'reads the process and hands it on; every scenario with the built agent starts there',
  'demo/main.ts': 'the same for the demo',
  'demo/companion.ts': 'the same for what stands beside the agents in the compose mesh',
  'demo/errands.ts': 'asked by the container suite, in the compose mesh',
  'agent.ts': 'composition: what it puts together is told by the scenarios of whole agents',
  'life.ts': 'composition, too: start, loop and end of what agent.ts has put together',
  'demo/demo.ts': 'composition: told by test/scenario/the-demo-*, which run the real thing',
  'demo/checks.ts': 'asks two real Envoys: told by test/scenario/the-demo-*',
  'demo/credentials.ts': 'fills the secrets of every scenario that checks or runs the colour mesh',
  'demo/endpoint.ts': 'starts and ends an agent: told by test/scenario/the-demo-*',
  'demo/rotation.ts': 'renews under load against two real Envoys: told by test/scenario/the-demo-rotates-under-load',
  'demo/janitor.ts': 'an entry point: told by the scenario that kills a demo',
  'demo/aws/http.ts': 'the wire under every test of the embedded AWS, its damaged answers included',
};

const RULES: readonly Rule[] = [
  {
    name: 'pure rooms import no I/O, no clock, and nothing that leads there',
    because: 'what decides must be testable with values alone',
    find: (tree) => files(tree, isPure).flatMap((file) => impure(file, tree).map((why) => `${file.path} ${why}`)),
    breach: { 'generation/x.ts': `import { readFile } from 'node:fs/promises';`, 'mesh/y.ts': `import type { Clock } from '../clock.ts';`, 'schedule.ts': `import { createLogger } from './envoy/probe.ts';` },
  },
  {
    name: 'node-forge is loaded by one file of the agent, and that file only when it is needed',
    because: 'it is large, and OpenSSL opens nearly every key',
    find: (tree) => [
      ...breaches(tree, (path) => !path.startsWith('demo/'), (of, path) => of.specifier === 'node-forge' && path !== 'material/legacy-key.ts'),
      ...breaches(tree, () => true, (of) => of.target === 'material/legacy-key.ts' && !of.lazy && !of.typeOnly),
    ],
    breach: { 'material/x.ts': `import forge from 'node-forge';`, 'material/y.ts': `import { openLegacyKey } from './legacy-key.ts';` },
  },
  {
    name: 'material/ takes inspect of node:util and no more',
    because: 'it is there for redaction',
    find: (tree) => breaches(tree, (path) => path.startsWith('material/'), (of) => of.specifier === 'node:util' && of.names.join() !== 'inspect'),
    breach: { 'material/x.ts': `import { promisify } from 'node:util';` },
  },
  {
    name: 'source/, sink/ and trigger/ never import each other',
    because: 'each is a port of its own, and only the composition knows all three',
    find: (tree) => {
      const rooms = ['source', 'sink', 'trigger'];
      return breaches(tree, (path) => rooms.includes(roomOf(path)), ({ target = '' }, path) => rooms.includes(roomOf(target)) && roomOf(target) !== roomOf(path));
    },
    breach: { 'source/x.ts': `import type { Reason } from '../trigger/triggers.ts';` },
  },
  {
    name: 'source/, sink/ and trigger/ know what material is, and do not make it',
    because: 'only the parser makes material, between source and sink',
    find: (tree) =>
      breaches(tree, (path) => /^(source|sink|trigger)\//.test(path), ({ target = '' }) => target.startsWith('material/') && !['material/material.ts', 'material/secret-text.ts'].includes(target)),
    breach: { 'sink/x.ts': `import { parseTrust } from '../material/trust.ts';` },
  },
  {
    name: 'only the switches, agent.ts and lambda/ name concrete sources and sinks',
    because: 'a new kind is one file and one case',
    find: (tree) => breaches(tree, (path) => !['source/open.ts', 'sink/open.ts', 'agent.ts'].includes(path) && roomOf(path) !== 'lambda', ({ target = '' }) => isConcrete(target)),
    breach: { 'loop.ts': `import { FilesSink } from './sink/files.ts';`, 'sink/x.ts': `import { SdsSink } from './sds.ts';` },
  },
  {
    name: 'only entry points read the environment or argv, or exit',
    because: 'everything else is handed what it needs, so that a test can hand it something else',
    find: (tree) => files(tree, (path) => !isEntryPoint(path)).flatMap((file) => processUses(file).map((use) => `${file.path} uses ${use}`)),
    breach: { 'sds/x.ts': `export const x = process.env;`, 'envoy/y.ts': `import { argv } from 'node:process';`, 'cli/z.ts': `process['exit'](1);` },
  },
  {
    name: 'only clock.ts touches timers and reads a clock',
    because: 'tests own the time',
    find: (tree) => files(tree, (path) => path !== 'clock.ts').flatMap((file) => timeUses(file).map((use) => `${file.path} uses ${use}`)),
    breach: {
      'loop.ts': `setTimeout(() => undefined, 1);`,
      'sds/x.ts': `export const x = new Date();`,
      'demo/y.ts': `import { setTimeout as sleep } from 'node:timers/promises';`,
      'envoy/z.ts': `export const z = AbortSignal.timeout(1);`,
    },
  },
  {
    name: 'only source/, trigger/, lambda/, demo/ and the composition (agent.ts, managed.ts, preflight/) import aws/ or the AWS SDK',
    because: 'the rest of the house must run without AWS',
    find: (tree) =>
      breaches(tree, (path) => !['aws', 'source', 'trigger', 'lambda', 'demo', 'agent.ts', 'managed.ts', 'preflight'].includes(roomOf(path)), ({ specifier, target = '' }) => target.startsWith('aws/') || specifier.startsWith('@aws-sdk/')),
    breach: { 'sink/x.ts': `import type { Aws } from '../aws/clients.ts';`, 'cli/y.ts': `import { ACMClient } from '@aws-sdk/client-acm';` },
  },
  {
    name: "nothing but the demo imports demo/, and the agent's bundle takes production dependencies only",
    because: 'the embedded AWS and its private CAs have no place in a container that serves',
    find: (tree) => breaches(tree, (path) => !path.startsWith('demo/'), (of) => of.target?.startsWith('demo/') === true || isForeign(of)),
    breach: { 'cli/x.ts': `export const x = () => import('../demo/main.ts');`, 'aws/y.ts': `import * as x509 from '@peculiar/x509';` },
  },
  {
    name: 'folders have no cycles',
    because: 'a room can be read, tested and moved without the rooms above it',
    find: cycles,
    breach: { 'material/x.ts': `import type { Sink } from '../sink/sink.ts';` },
  },
  {
    name: 'no file is a drawer',
    because: 'a name says what is inside, and so what is not',
    find: (tree) => files(tree, (path) => /(^|[/.-])(utils?|helpers?|common|misc|types|constants)([/.-]|$)/i.test(path)).map(({ path }) => `${path} is named like a drawer`),
    breach: { 'sds/helpers.ts': '', 'config/string-utils.ts': '', 'common/x.ts': '' },
  },
  {
    name: 'a file has at most 200 lines, generated ones aside',
    because: 'what does not fit on a few screens has more than one concern',
    find: (tree) => files(tree, (path) => !isGenerated(path)).flatMap(({ path, lines }) => (lines > 200 ? [`${path} has ${lines} lines`] : [])),
    breach: { 'mesh/x.ts': '\n'.repeat(201) },
  },
  {
    name: 'every file that runs has a test file of the same name',
    because: 'then the place of a test is known, and a missing one is seen',
    find: (tree) =>
      files(tree, (path) => !isGenerated(path) && UNTESTED[path] === undefined)
        .filter(({ path, declarative }) => !declarative && !existsSync(join(ROOT, 'test', testOf(path))))
        .map(({ path }) => `${path} has no test/${testOf(path)}`),
    breach: { 'sds/x.ts': 'export const x = 1;' },
  },
];

describe.each(RULES)('$name', ({ because, find, breach }) => {
  it(`because ${because}`, () => {
    expect(find(house).map((found) => `src/${found}`), because).toEqual([]);
  });

  it.each(Object.entries(breach))('is broken by such a file as %s', (path, text) => {
    const broken = new Map([...house, [path, parseSource(path, text)]]);
    const before = new Set(find(house));
    expect(find(broken).filter((found) => !before.has(found))).toContainEqual(expect.stringContaining(path));
  });
});

describe('the map of the house', () => {
  const map = readFileSync(join(ROOT, 'src', 'README.md'), 'utf8');

  it.each(Object.keys(packageFile.dependencies))('defends the production dependency %s', (name) => {
    expect(map).toContain(`\`${name}\``);
  });

  it.each([...new Set([...house.keys()].map(roomOf))])('names the room %s', (room) => {
    expect(map).toMatch(new RegExp(`^ {4}${room.replace('.', '\\.')}/? `, 'm'));
  });

  it.each(Object.keys(UNTESTED))('knows %s, which has no test file, for a file that is there', (path) => {
    expect([...house.keys()]).toContain(path);
  });
});

function files(tree: SourceTree, wanted: (path: string) => boolean): SourceFile[] {
  return [...tree.values()].filter(({ path }) => wanted(path));
}

function breaches(tree: SourceTree, within: (path: string) => boolean, bad: (of: Import, path: string) => boolean): string[] {
  return files(tree, within).flatMap(({ path, imports }) => imports.filter((of) => bad(of, path)).map(({ specifier }) => `${path} imports ${specifier}`));
}

function testOf(path: string): string {
  return path.replace(/\.ts$/, '.test.ts');
}

/** Follows what is left at run time: a pure file behind an impure one is not pure. */
function impure(file: SourceFile, tree: SourceTree): string[] {
  const allowed = PURE_PACKAGES[roomOf(file.path)] ?? [];
  const reached = new Map<string, string>([[file.path, '']]);
  const found = file.imports.flatMap(({ target, specifier }) => (target === 'clock.ts' ? [`imports ${specifier}`] : []));
  for (const [path, way] of reached) {
    for (const { specifier, target, typeOnly } of tree.get(path)?.imports ?? []) {
      if (typeOnly) continue;
      // what another pure room needs, it may use; that room is judged by its own list
      const lent = isPure(path) ? (PURE_PACKAGES[roomOf(path)] ?? []) : allowed;
      if (target === undefined && !lent.includes(specifier)) found.push(`imports ${specifier}${way}`);
      else if (target !== undefined && !reached.has(target)) reached.set(target, ` by way of ${target}`);
    }
  }
  return found;
}

function processUses({ syntax, imports }: SourceFile): string[] {
  const uses = imports.filter(({ specifier }) => /^(node:)?process$/.test(specifier)).map(({ specifier }) => specifier);
  walk(syntax, (node) => {
    const [object, property] = access(node);
    if (object === 'process' && /^(env|argv|exit|exitCode)$/.test(property)) uses.push(`process.${property}`);
  });
  return uses;
}

function timeUses({ syntax, imports }: SourceFile): string[] {
  const uses = imports.filter(({ specifier }) => /^(node:)?(timers(\/promises)?|perf_hooks)$/.test(specifier)).map(({ specifier }) => specifier);
  walk(syntax, (node) => {
    const [object, property] = access(node);
    if (['Date.now', 'AbortSignal.timeout', 'performance.now', 'process.hrtime', 'process.uptime'].includes(`${object}.${property}`)) uses.push(`${object}.${property}`);
    if (ts.isIdentifier(node) && /^(set|clear)(Timeout|Interval|Immediate)$/.test(node.text) && !inImport(node)) uses.push(node.text);
    if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0) uses.push('new Date()');
  });
  return uses;
}

/** `a.b` and `a['b']` as names. */
function access(node: ts.Node): readonly [string, string] {
  if (ts.isPropertyAccessExpression(node)) return [node.expression.getText(), node.name.text];
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) return [node.expression.getText(), node.argumentExpression.text];
  return ['', ''];
}

function inImport(node: ts.Node): boolean {
  return ts.isImportSpecifier(node.parent);
}

/** A package that is not installed in production. */
function isForeign({ specifier, target, typeOnly }: Import): boolean {
  if (target !== undefined || typeOnly || isBuiltin(specifier)) return false;
  return !Object.keys(packageFile.dependencies).some((name) => specifier === name || specifier.startsWith(`${name}/`));
}

/** Each cycle once, with an import for every step; types count, for they too must be read. */
function cycles(tree: SourceTree): string[] {
  const steps = new Map<string, Map<string, string>>();
  for (const { path, imports } of tree.values()) {
    for (const { target } of imports) {
      if (target === undefined || !tree.has(target) || roomOf(target) === roomOf(path)) continue;
      const out = steps.get(roomOf(path)) ?? new Map<string, string>();
      if (!out.has(roomOf(target))) out.set(roomOf(target), `${path} imports ${target}`);
      steps.set(roomOf(path), out);
    }
  }
  const found: string[] = [];
  const done = new Set<string>();
  const follow = (room: string, way: readonly string[]): void => {
    const start = way.indexOf(room);
    if (start !== -1) {
      const round = [...way.slice(start), room];
      found.push(round.slice(1).map((to, at) => steps.get(round[at] ?? '')?.get(to)).join(', '));
      return;
    }
    if (done.has(room)) return;
    for (const next of steps.get(room)?.keys() ?? []) follow(next, [...way, room]);
    done.add(room);
  };
  for (const room of steps.keys()) follow(room, []);
  return found;
}
