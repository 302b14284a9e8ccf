import { beforeEach, expect, it } from 'vitest';
import { LateMetrics } from '../../src/admin/late-metrics.ts';
import { StatusBoard, initialStatus } from '../../src/status.ts';

let board: StatusBoard;
let metrics: LateMetrics;
beforeEach(() => {
  board = new StatusBoard(initialStatus('virtualNode/colorteller', []));
  metrics = new LateMetrics(board);
});

const looks = async (): Promise<string | undefined> => /reconciles_total\{outcome="unchanged"\} (\d+)/.exec((await metrics.expose()).body)?.[1];
const look = (times: number): void => {
  for (let time = 0; time < times; time += 1) board.note({ kind: 'attempted', outcome: 'unchanged' });
};

it('counts what happened before anybody asked, and what happens later', async () => {
  look(3);
  expect(await looks()).toBe('3');
  look(2);
  expect(await looks()).toBe('5');
  expect(await looks()).toBe('5');
});

it('loses nothing when more happens than may wait', async () => {
  look(2_500);
  await new Promise(setImmediate);
  look(2_500);
  expect(await looks()).toBe('5000');
});
