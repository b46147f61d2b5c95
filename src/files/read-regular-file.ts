import { readFile, stat } from 'node:fs/promises';
import { refuseStrange } from './strange-kind.js';

/** The bytes of a file, and of nothing else. @throws Error which says what stands there instead */
export async function readRegularFile(path: string | Buffer): Promise<Buffer> {
  refuseStrange(await stat(path));
  return readFile(path);
}

/** The text of such a file. */
export const readRegularText = async (path: string | Buffer): Promise<string> => toText(await readRegularFile(path));

/** UTF-8 as text, without the byte order mark with which Windows begins it. */
export const toText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
