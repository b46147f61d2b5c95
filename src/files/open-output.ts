import { access, constants, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasSystemCode } from '../errors.js';
import { makeFolder } from './make-folder.js';
import { openReplacement, type Replacement } from './open-replacement.js';
import { inOutputWords } from './output-fault.js';
import { removeLeftovers } from './temporary-file.js';

/** A file that somebody asked for, while it is written in pieces. It has its name, whole, from `end` on; disposed before, it never was. */
export interface OutputFile extends AsyncDisposable {
  /** Bytes may be used again when this is done. */
  write(content: string | Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** Text is written in pieces of about so many characters. */
const PIECE = 2 ** 16;

/**
 * Opens a file for writing, in a folder that is made where there is none. What stood there is replaced in one step, at the end. A pipe or a
 * device, such as /dev/stdout, is written to directly.
 *
 * @param elsewhere what the user can do when it cannot be written: "choose another place with `out`"
 * @throws LabelwiseError `OUTPUT_UNWRITABLE`, `DISK_FULL`; so do the functions that it gives
 */
export async function openOutput(path: string, elsewhere: string): Promise<OutputFile> {
  const inWords = <T>(work: () => Promise<T>): Promise<T> => inOutputWords(path, elsewhere, work);
  const { file, commit, discard } = await inWords(() => openTarget(path));
  let text = '';
  const flush = async (): Promise<void> => {
    const piece = text;
    text = '';
    if (piece !== '') await file.appendFile(piece);
  };
  return {
    write: (content) =>
      inWords(async () => {
        if (typeof content === 'string') text += content;
        if (typeof content !== 'string' || text.length >= PIECE) await flush();
        if (typeof content !== 'string') await file.appendFile(content);
      }),
    end: () =>
      inWords(async () => {
        await flush();
        await commit();
      }),
    [Symbol.asyncDispose]: discard,
  };
}

/** Writes a file that somebody asked for, whole or not at all; see `openOutput`. */
export async function writeOutput(path: string, content: string | Uint8Array, elsewhere: string): Promise<void> {
  await using output = await openOutput(path, elsewhere);
  await output.write(content);
  await output.end();
}

async function openTarget(path: string): Promise<Replacement> {
  const found = await stat(path).catch((error: unknown) => {
    if (!hasSystemCode(error, 'ENOENT')) throw error;
  });
  const isDirect = found?.isFile() === false || /^\/(?:dev|proc)\//.test(path); // behind /dev/stdout may be a file that the shell holds open
  if (isDirect) return openDirect(path);
  if (found)
    await access(path, constants.W_OK); // who protected it did not mean the folder alone
  else await makeFolder(dirname(path));
  await removeLeftovers(dirname(path));
  return openReplacement(path);
}

/** Appends: to what `>>` leads to as well. Of a folder the system says that it is one. */
async function openDirect(path: string): Promise<Replacement> {
  const file = await open(path, 'a');
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await file.close();
    isOpen = false;
  };
  return { file, commit: close, discard: () => close().catch(() => {}) };
}
