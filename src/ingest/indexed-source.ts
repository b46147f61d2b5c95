import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** An indexed file to be read again. A name that is no valid UTF-8 stands in the index as a file: URL. */
export const indexedSource = (path: string, cwd: string): string => (path.startsWith('file://') ? path : resolve(cwd, path));

/** The address of an indexed file for a link. */
export const indexedUrl = (path: string, cwd: string): string =>
  path.startsWith('file://') ? path : pathToFileURL(resolve(cwd, path)).href;
