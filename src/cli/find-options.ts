import { describeLeftOut, type LeftOut } from '../files/left-out.js';
import { shortenPath } from '../files/show-path.js';
import { toImageLimits } from '../images/read-image.js';
import type { FindImagesOptions } from '../ingest/find-images.js';
import type { IndexedPlaces } from '../ingest/indexed-source.js';
import type { Run } from './context.js';

/** How a command finds the images that its arguments name, and reads those of the index again. */
export const findOptionsOf = (run: Run): FindImagesOptions & IndexedPlaces => ({
  cwd: run.io.cwd,
  stdin: run.io.stdin,
  signal: run.io.signal,
  sources: () => run.workspace.sources(),
  limits: toImageLimits(run.workspace.settings.limits),
  exclude: run.config.exclude,
  onLeftOut: (list) => sayLeftOut(list, run),
});

/** Prints on stderr what was left out. Files that are not images are not worth a line. */
export function sayLeftOut(list: readonly LeftOut[], { io, say, warn }: Pick<Run, 'io' | 'say' | 'warn'>): void {
  for (const left of list) {
    if (left.reason === 'other') continue;
    const text = `left out: ${describeLeftOut(left, (path) => shortenPath(path, io.cwd))}`;
    if (left.reason === 'unreadable') warn(`${text}. Convert them to JPEG or PNG.`);
    else say(text);
  }
}
