import { relative } from 'node:path';

/** A path in one line: names may hold line breaks and control characters. */
export const showPath = (path: string): string => path.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));

/** A path from the folder that we are in, where it lies in that, in one line. */
export function shortenPath(path: string, cwd: string): string {
  const inside = path.startsWith('file:') ? '..' : relative(cwd, path);
  return showPath(inside.startsWith('..') || inside === '' ? path : inside);
}
