import { expect, it } from 'vitest';
import { collect } from '../../src/mesh/collection.ts';
import { Findings, type Finding } from '../../src/mesh/diagnostic.ts';
import type { DefinitionFile } from '../../src/mesh/document.ts';

function placementFile(path: string, port: number, layer?: number): DefinitionFile {
  return { path, text: JSON.stringify({ placement: { 'virtualNode/n': { app: `127.0.0.1:${port}` } } }), ...(layer !== undefined && { layer }) };
}

function collected(...files: readonly DefinitionFile[]): { app: string | undefined; findings: readonly Finding[] } {
  const findings = new Findings();
  const collection = collect(files, findings);
  return { app: collection.find('placement', 'virtualNode/n')?.definition.app, findings: findings.all };
}

it('lets the later layer win by identity, silently and in whatever order the files come', () => {
  expect(collected(placementFile('a.json', 1, 0), placementFile('b.json', 2, 1))).toEqual({ app: '127.0.0.1:2', findings: [] });
  expect(collected(placementFile('b.json', 2, 1), placementFile('a.json', 1, 0))).toEqual({ app: '127.0.0.1:2', findings: [] });
});

it('makes every file a layer of its own where none is given', () => {
  expect(collected(placementFile('a.json', 1), placementFile('b.json', 2))).toEqual({ app: '127.0.0.1:2', findings: [] });
});

it('refuses a second definition inside one layer and names the first', () => {
  const { findings } = collected(placementFile('a.json', 1, 0), placementFile('b.json', 2, 0));
  expect(findings).toMatchObject([{ code: 'name-duplicate', message: 'placement/virtualNode/n is also defined in a.json', place: { file: 'b.json' } }]);
});

it('says which names are defined when a reference leads nowhere', () => {
  const findings = new Findings();
  const collection = collect([{ path: 'a.json', text: '{"meshName": "m"}' }, { path: 'b.json', text: '{"meshName": "n"}' }], findings);
  const [mesh] = collection.all('mesh');
  if (mesh === undefined) throw new Error('no mesh');
  expect(collection.resolve('mesh', 'x', mesh, ['meshName'])).toBeUndefined();
  expect(collection.resolve('virtualNode', 'x', mesh, ['meshName'])).toBeUndefined();
  expect(findings.all.map(({ message, hint }) => [message, hint])).toEqual([
    ['mesh x is not defined', 'defined: m, n'],
    ['virtualNode x is not defined', 'no virtualNode is defined'],
  ]);
});

it('reports nothing for a reference to a resource that is malformed and reported already', () => {
  const findings = new Findings();
  const collection = collect([{ path: 'a.json', text: '{"meshName": "m"}' }, { path: 'b.json', text: '{"meshName": "m", "virtualNodeName": "n", "spec": {}}' }], findings);
  const before = findings.all.length;
  const [mesh] = collection.all('mesh');
  if (mesh === undefined) throw new Error('no mesh');
  expect(collection.resolve('virtualNode', 'n', mesh, [])).toBeUndefined();
  expect(findings.all).toHaveLength(before);
});
