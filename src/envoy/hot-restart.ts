import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Envoy's hot restart is never used to restart. Outside containers it is left on for its side effect: only then does
 * Envoy ask the kernel to end it when its parent dies (`PR_SET_PDEATHSIG`), which Node cannot ask for. As PID 1 the
 * whole container ends with us, so it is off and leaves nothing behind.
 *
 * @param place.pid1 we are PID 1 of a container
 * @param place.directory where Envoy writes which base id it took, `MTLS_DIR`
 */
export function hotRestartArguments(place: { readonly pid1: boolean; readonly directory: string }): readonly string[] {
  if (place.pid1) return ['--disable-hot-restart'];
  return ['--use-dynamic-base-id', '--base-id-path', baseIdFile(place.directory)];
}

/**
 * Removes the shared memory file that the Envoy of this directory leaves in /dev/shm, and no other. For after its exit,
 * and for the next start when we were killed first. Without a base id file there is nothing to do.
 */
export async function removeSharedMemory(directory: string): Promise<void> {
  const file = baseIdFile(directory);
  const baseId = (await readFile(file, 'utf8').catch(() => '')).trim();
  // Envoy names the file after the base id and the restart epoch, and ours is always epoch 0
  if (/^\d+$/.test(baseId)) await rm(`/dev/shm/envoy_shared_memory_${baseId}0`, { force: true });
  await rm(file, { force: true });
}

function baseIdFile(directory: string): string {
  return join(directory, 'envoy-base-id');
}
