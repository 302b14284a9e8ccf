import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURRENT, PREVIOUS, SecretVersions } from '../../../src/demo/aws/secret-versions.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const put = (versions: SecretVersions, id: string, stages: readonly string[] = [CURRENT], value = id): unknown =>
  versions.put(id, { SecretString: value }, stages, NOW, 'arn');

describe('SecretVersions', () => {
  it('never has a label on two versions, and always one that is current', () => {
    const label = fc.constantFrom(CURRENT, PREVIOUS, 'AWSPENDING', 'BLUE');
    const step = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), stages: fc.uniqueArray(label) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const versions = new SecretVersions();
        for (const { id, stages } of steps) put(versions, id, stages);
        const labels = Object.values(versions.stagesById).flat();
        expect(new Set(labels).size).toBe(labels.length);
        expect(labels).toContain(CURRENT);
      }),
    );
  });

  it('forgets the oldest versions without a label, and never a labelled one', () => {
    const versions = new SecretVersions();
    put(versions, 'first', [CURRENT, 'KEEP']);
    for (let i = 0; i < 120; i += 1) put(versions, `v${i}`);
    expect(versions.byId('first')).toBeDefined();
    expect(versions.byId('v0')).toBeUndefined();
    expect(versions.byId('v100')).toBeDefined();
    expect(versions.stagesById).toEqual({ first: ['KEEP'], v118: [PREVIOUS], v119: [CURRENT] });
  });

  it('moves nothing when the label is there already', () => {
    const versions = new SecretVersions();
    put(versions, 'a');
    versions.move(CURRENT, 'a');
    expect(versions.stagesById).toEqual({ a: [CURRENT] });
  });
});
