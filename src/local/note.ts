import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../files/package-root.js';
import { labelwiseHome } from '../home/labelwise-home.js';

/** What a service leaves in the home for other commands of the same user. */
export interface LocalNote {
  /** Its socket. */
  readonly socket: string;
  /** Whoever knows it can read the user's files: it proves that a command is the user's. */
  readonly token: string;
  /** The program that serves: another version could answer otherwise. */
  readonly program: string;
}

export const noteIn = (home: string): string => join(home, 'serve.json');

/** Which program this is: the version, and the file that was started. */
export function programOf(file = process.argv[1] ?? ''): string {
  try {
    return `${VERSION} ${realpathSync(file)}`;
  } catch {
    return VERSION;
  }
}

/** The note of a service, if it and its socket belong to this user alone. */
export function readNote(env: Readonly<Record<string, string | undefined>>): LocalNote | undefined {
  const path = noteIn(labelwiseHome(env));
  try {
    if (!isOwn(path)) return undefined;
    const note = JSON.parse(readFileSync(path, 'utf8')) as LocalNote;
    return note.program === programOf() && isOwn(note.socket) ? note : undefined;
  } catch {
    return undefined; // no service runs, or it is just starting or ending
  }
}

/** Whether a file is this user's, and nobody else may read or write it. */
function isOwn(path: string): boolean {
  const { uid, mode } = lstatSync(path);
  return uid === process.getuid?.() && (mode & 0o077) === 0;
}
