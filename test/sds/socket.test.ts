import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BoundSocket, bindSocket } from '../../src/sds/socket.ts';
import { memoryDirectory } from '../fixtures/directory.ts';

let path: string;
let bound: BoundSocket;
beforeEach(async () => {
  path = join(await memoryDirectory(), 'sds.sock');
  bound = await bindSocket(path);
});
afterEach(() => bound.close());

/** A client that is connected; `said` is the first thing it hears. */
async function dial(): Promise<{ socket: Socket; said: Promise<string>; closed: Promise<void> }> {
  const socket = connect({ path });
  const said = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, said, closed };
}

it('serves those who waited, and then everybody, without losing what they sent', async () => {
  const early = await dial();
  early.socket.write('early');
  bound.attach((socket) => socket.on('data', (data) => socket.write(`heard ${data.toString()}`)).resume());
  const late = await dial();
  late.socket.write('late');
  expect([await early.said, await late.said]).toEqual(['heard early', 'heard late']);
  early.socket.destroy();
  late.socket.destroy();
});

it('closes every connection and takes the socket away', async () => {
  const waiting = await dial();
  await bound.close();
  await waiting.closed;
  expect(existsSync(path)).toBe(false);
});

it('takes the place of a socket that a killed process left behind, and of no other', async () => {
  await expect(bindSocket(path)).rejects.toMatchObject({ code: 'directory-in-use', exitCode: 78 });
  await bound.close();
  await writeFile(path, '');
  bound = await bindSocket(path);
  (await dial()).socket.destroy();
});

it('lets one of many that start at the same time have it', async () => {
  await bound.close();
  const rivals = await Promise.allSettled(Array.from({ length: 8 }, () => bindSocket(path)));
  const winners = rivals.flatMap((rival) => (rival.status === 'fulfilled' ? [rival.value] : []));
  expect(winners).toHaveLength(1);
  bound = winners[0]!;
  expect(rivals.filter(({ status }) => status === 'rejected')).toEqual(Array(7).fill({ status: 'rejected', reason: expect.objectContaining({ code: 'directory-in-use' }) as unknown }));
  (await dial()).socket.destroy();
});

it('refuses a path that the kernel would cut, and a directory that is not there', async () => {
  await expect(bindSocket(`/${'x'.repeat(107)}`)).rejects.toMatchObject({ code: 'directory-unusable', message: expect.stringContaining('108 bytes, at most 107') as string });
  await expect(bindSocket('/nonexistent/sds.sock')).rejects.toMatchObject({ code: 'directory-unusable' });
});
