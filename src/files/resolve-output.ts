import { resolve } from 'node:path';
import { LabelwiseError } from '../errors.js';

/** The absolute path of a file or folder to write. @throws LabelwiseError `INVALID_ARGUMENT` for "-", by which people mean standard output */
export function resolveOutput(cwd: string, path: string, option: string): string {
  if (path !== '-') return resolve(cwd, path);
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`${option}\` to name a file or folder, got "-".`, {
    hint: 'Write ./- for a file of this name, or /dev/stdout for standard output.',
  });
}
