import { expect, it } from 'vitest';
import { EnvoyNeighbour } from '../../src/envoy/neighbour.ts';
import { StatusBoard, initialStatus } from '../../src/status.ts';

it('is neither started nor ended, and counts as running once it was seen live', async () => {
  const status = new StatusBoard(initialStatus('virtualNode/colorteller', []));
  const envoy = new EnvoyNeighbour(status);
  await envoy.find();
  await envoy.start();
  expect(status.current.envoy).toEqual({ state: 'starting', pid: undefined });
  envoy.noteLive();
  expect(status.current.envoy).toEqual({ state: 'running', pid: undefined });
  await envoy.stop();
  expect(envoy.gone.aborted).toBe(false);
  expect(envoy.exit).toBeUndefined();
});
