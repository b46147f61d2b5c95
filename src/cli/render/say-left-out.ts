import { describeLeftOut, type LeftOut } from '../../files/left-out.js';
import type { Run } from '../context.js';
import { shortenPath } from './show-path.js';

/** Says on stderr what a walk left out; files that are no images are not worth a line. */
export function sayLeftOut(list: readonly LeftOut[], { io, say, warn }: Pick<Run, 'io' | 'say' | 'warn'>): void {
  for (const left of list) {
    if (left.reason === 'other') continue;
    const text = `left out: ${describeLeftOut(left, (path) => shortenPath(path, io.cwd))}`;
    if (left.reason === 'unreadable') warn(`${text}. Convert them to JPEG or PNG.`);
    else say(text);
  }
}
