import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { FSWatcher } from 'chokidar';
import { hasSystemCode, LabelwiseError } from '../errors.js';
import { isForeignName } from '../files/image-names.js';

/** Changes that come together, as when a folder is copied, are taken together. */
const QUIET_MS = 500;
/** A change waits no longer than this, however many follow it. */
const LONGEST_WAIT_MS = 5_000;

/** How often folders are looked for: no event tells of a mount, or of a folder that returns. */
const LOOK_MS = 2_000;

/**
 * Calls `onChange` after changes in folders, once for those that come together, 5 s after the first at the latest, and never twice at the
 * same time, until the signal says stop. Once at the beginning too: what changed while the watch was being set up is not lost. A folder may
 * be missing: it is watched as soon as it is there.
 */
export async function watchFolders(
  roots: readonly string[],
  { signal, onChange }: { signal: AbortSignal; onChange: () => Promise<void> },
): Promise<void> {
  const { watch } = await import('chokidar');
  let timer: NodeJS.Timeout | undefined;
  /** When the first change came that no update has taken. */
  let since: number | undefined;
  let running: Promise<void> | undefined;
  let isWaiting = false;
  const watched: WatchedFolder[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const run = (): void => {
        isWaiting = running !== undefined;
        if (isWaiting) return;
        since = undefined;
        running = onChange()
          .catch(reject)
          .finally(() => {
            running = undefined;
            if (isWaiting && !signal.aborted) run();
          });
      };
      const later = (): void => {
        since ??= performance.now();
        const left = since + LONGEST_WAIT_MS - performance.now();
        if (left <= 0 && timer) return; // it is due
        clearTimeout(timer);
        timer = setTimeout(run, Math.min(QUIET_MS, left));
      };
      const open = (root: string): FSWatcher =>
        watch(root, { ignoreInitial: true, ignored: (path) => path !== root && isLeftOut(path) })
          .on('all', later)
          .on('ready', later)
          .on('error', (error) => reject(toWatchError(error)));
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) return resolve();
      later(); // with every folder missing, no watcher would say that it is ready
      for (const root of roots) watched.push(watchFolder(root, { open, onMove: later }));
    });
  } finally {
    clearTimeout(timer);
    await Promise.all(watched.map((folder) => folder.close()));
    clearTimeout(timer); // the last event may have come while they closed
    await running;
  }
}

const isLeftOut = (path: string): boolean => /[/\\]\.(?!labelwiseignore$|gitignore$)[^/\\]+$/.test(path) || isForeignName(basename(path));

interface WatchedFolder {
  close(): Promise<void>;
}

/** Watches a folder while it is there, from its beginning again when another takes its place. */
function watchFolder(root: string, { open, onMove }: { open: (root: string) => FSWatcher; onMove: () => void }): WatchedFolder {
  let watcher: FSWatcher | undefined;
  let id: string | undefined;
  let isLooking = false; // a dead network mount may keep it waiting
  let isClosed = false;
  const look = async (): Promise<void> => {
    const stats = await stat(root, { bigint: true }).catch(() => undefined);
    const now = stats?.isDirectory() ? `${stats.dev}:${stats.ino}` : undefined;
    if (now === id || isClosed) return;
    const before = watcher;
    [id, watcher] = [now, now === undefined ? undefined : open(root)];
    if (before !== undefined) onMove();
    await before?.close();
  };
  const lookAgain = (): void => {
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => {
      isLooking = false;
    });
  };
  const timer = setInterval(lookAgain, LOOK_MS);
  lookAgain();
  return {
    async close() {
      isClosed = true;
      clearInterval(timer);
      await watcher?.close();
    },
  };
}

function toWatchError(error: unknown): unknown {
  if (!hasSystemCode(error, 'ENOSPC', 'EMFILE')) return error;
  return new LabelwiseError('INPUT_UNREADABLE', 'The system does not allow so many watched files.', {
    hint: 'Raise fs.inotify.max_user_watches (Linux), or run "labelwise index" from time to time.',
    cause: error,
  });
}
