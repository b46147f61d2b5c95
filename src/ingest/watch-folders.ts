import { hasSystemCode, LabelwiseError } from '../errors.js';

/** Changes that come together, as when a folder is copied, are taken together. */
const QUIET_MS = 500;

/**
 * Calls `onChange` after changes in folders, once for those that come together and never twice at the same time, until the signal says
 * stop. Once at the beginning too: what changed while the watch was being set up is not lost.
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
  let running: Promise<void> | undefined;
  let isWaiting = false;
  try {
    await new Promise<void>((resolve, reject) => {
      const run = (): void => {
        isWaiting = running !== undefined;
        if (isWaiting) return;
        running = onChange()
          .catch(reject)
          .finally(() => {
            running = undefined;
            if (isWaiting && !signal.aborted) run();
          });
      };
      const later = (): void => {
        clearTimeout(timer);
        timer = setTimeout(run, QUIET_MS);
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
