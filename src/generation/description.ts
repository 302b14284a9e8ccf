import type { Material, TrustBundle } from '../material/material.ts';
import type { Generation } from './generation.ts';

/** What people look for in the log after a rotation: of each changed secret what it is now, and which serials it had before. */
export function describeChanges(before: Generation | undefined, { materials }: Generation, names: readonly string[]): object[] {
  return names.flatMap((name): object[] => {
    const material = materials.get(name);
    if (material === undefined) return [];
    const former = before?.materials.get(name);
    return [{ name, version: material.sourceVersion, ...facts(material), ...(former && { instead: serialsOf(former) }) }];
  });
}

function facts(material: Material): object {
  if (material.kind === 'trust') return trustFacts(material);
  const { subject, serial, names, notAfter } = material.leaf;
  return { subject, serial, names, notAfter };
}

function trustFacts({ anchors, revocation }: TrustBundle): object {
  const lists = revocation.map(({ issuer, number, nextUpdate, revoked }) => ({ issuer, number, nextUpdate, revoked }));
  return { anchors: anchors.map(({ subject, serial }) => `${subject} ${serial}`), ...(lists.length > 0 && { revocation: lists }) };
}

/** Of a leaf, or of every anchor. */
export function serialsOf(material: Material): readonly string[] {
  return (material.kind === 'trust' ? material.anchors : [material.leaf]).map(({ serial }) => serial);
}
