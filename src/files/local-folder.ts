import { resolve, sep } from 'node:path';
import { LabelwiseError } from '../errors.js';

/**
 * Refuses a database folder that LanceDB would store elsewhere: it percent-encodes control characters and takes a trailing backslash for a
 * separator. An address would name a local folder too.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`
 */
export function assertLocalFolder(folder: string, flag: string): void {
  const path = resolve(folder);
  const refuse = (message: string): never => {
    throw new LabelwiseError('INVALID_ARGUMENT', message, { hint: `Choose another folder with ${flag}.` });
  };
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(folder)) refuse(`Expected a folder, got the address ${folder}.`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\x00-\x1f\x7f]/.test(path)) refuse(`Expected a folder without control characters in its path, got ${JSON.stringify(path)}.`);
  if (sep === '/' && path.endsWith('\\')) refuse(`Expected a folder whose name does not end with a backslash, got ${path}.`);
}
