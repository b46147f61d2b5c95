import { relative } from 'node:path';
import { isObjectAddress } from './object-address.js';

/** A path in one line: names may hold line breaks and control characters. */
export const showPath = (path: string): string => path.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));

/** The most that is shown of a data: URL. */
const SHOWN_OF_DATA = 40;

/** An image of the command line in one line: of a data: URL its beginning. */
export function showInput(input: string): string {
  if (!/^data:/i.test(input) || input.length <= 2 * SHOWN_OF_DATA) return showPath(input);
  return `${showPath(input.slice(0, SHOWN_OF_DATA))}... (${input.length} characters)`;
}

/** A path from the folder that we are in, where it lies in that, in one line. */
export function shortenPath(path: string, cwd: string): string {
  const inside = path.startsWith('file:') || isObjectAddress(path) ? '..' : relative(cwd, path);
  return showPath(inside.startsWith('..') || inside === '' ? path : inside);
}
