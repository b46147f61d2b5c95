import { hasSystemCode, LabelwiseError } from '../errors.js';

/** Changes that come together, as when a folder is copied, are taken together. */
const QUIET_MS = 500;
/** A change waits no longer than this, however many follow it. */
const LONGEST_WAIT_MS = 5_000;

/**
 * Calls `onChange` after changes in folders, once for those that come together, 5 s after the first at the latest, and never twice at the
 * same time, until the signal says stop. Once at the beginning too: what changed while the watch was being set up is not lost.
 */
export async function watchFolders(
  roots: readonly string[],
  { signal, onChange }: { signal: AbortSignal; onChange: () => Promise<void> },
): Promise<void> {
  const { watch } = await import('chokidar');
  const watcher = watch([...roots], {
    ignoreInitial: true,
    ignored: (path) => /[/\\]\.(?!labelwiseignore$|gitignore$)[^/\\]+$/.test(path) && !roots.includes(path),
  });
  let timer: NodeJS.Timeout | undefined;
  /** When the first change came that no update has taken. */
  let since: number | undefined;
  let running: Promise<void> | undefined;
  let isWaiting = false;
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
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
      watcher.on('all', later).on('ready', later);
      watcher.on('error', (error) => reject(toWatchError(error)));
    });
  } finally {
    clearTimeout(timer);
    await watcher.close();
    await running;
  }
}

function toWatchError(error: unknown): unknown {
  if (!hasSystemCode(error, 'ENOSPC', 'EMFILE')) return error;
  return new LabelwiseError('INPUT_UNREADABLE', 'The system does not let so many files be watched.', {
    hint: 'Raise fs.inotify.max_user_watches (Linux), or run "labelwise index" from time to time.',
    cause: error,
  });
}
