import { styleText } from 'node:util';
import type { CliIo } from '../../local/io.js';
import type { Style } from '../../rows/style.js';

type Colour = 'red' | 'yellow' | 'cyan' | 'green' | 'bold' | 'dim';

/** Whether a stream gets colours: a terminal that does not say NO_COLOR, or FORCE_COLOR. */
export function hasColour(io: CliIo, stream: { readonly isTTY?: boolean }): boolean {
  if (io.env.NO_COLOR) return false;
  return Boolean(io.env.FORCE_COLOR && io.env.FORCE_COLOR !== '0') || (stream.isTTY === true && io.env.TERM !== 'dumb');
}

/** A function that colours text for a stream, or leaves it. */
export function paint(io: CliIo, colour: Colour, stream: { readonly isTTY?: boolean } = io.stderr): (text: string) => string {
  return hasColour(io, stream) ? (text) => styleText(colour, text, { validateStream: false } as never) : (text) => text;
}

/** Whether the terminal says that it shows 24-bit colours. */
export function showsPictures(io: CliIo): boolean {
  return hasColour(io, io.stdout) && /truecolor|24bit/i.test(io.env.COLORTERM ?? '');
}

/** How rows are marked on stdout. */
export const styleOf = (io: CliIo): Style => ({
  bold: paint(io, 'bold', io.stdout),
  dim: paint(io, 'dim', io.stdout),
  red: paint(io, 'red', io.stdout),
  green: paint(io, 'green', io.stdout),
});
