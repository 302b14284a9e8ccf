import { watch } from 'chokidar';
import type { Clock } from '../clock.ts';

/** A mounted volume is swapped in several steps within milliseconds; a tenth of a second later it is whole. */
const SETTLE_MS = 100;
/** `PATH/..data/tls.crt` (Kubernetes) is as deep as mounted material lies. */
const DEPTH = 2;

/** Watching, until it is closed. */
export interface Watch {
  close(): Promise<void>;
}

/**
 * Calls `changed` after every burst of changes at or below `paths`, at most once in a tenth of a second; a path may appear
 * later. Where the file system tells nobody (NFS), `CHOKIDAR_USEPOLLING=1` makes it look for itself; the poll comes anyway.
 */
export function watchPaths(paths: readonly string[], changed: () => void, clock: Clock): Watch {
  const over = new AbortController();
  let settling: Promise<void> | undefined;
  const stirred = (): void => {
    settling ??= clock.sleep(SETTLE_MS, over.signal).then(
      () => {
        settling = undefined;
        changed();
      },
      () => undefined,
    );
  };
  const watcher = watch([...paths], { ignoreInitial: true, depth: DEPTH, ignorePermissionErrors: true });
  // `raw` tells of a symlink that was swapped over another one, which is no change of any file
  watcher.on('all', stirred).on('raw', stirred);
  // no more watches to be had, for example: the poll remains
  watcher.on('error', () => undefined);
  return {
    async close() {
      over.abort(new Error('closed'));
      await watcher.close();
    },
  };
}
