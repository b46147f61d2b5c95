import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] };

/** Where a page goes that was asked for only to be looked at. */
export const temporaryPage = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'labelwise-')), 'search.html');

/** Opens a page in the person's browser: `$BROWSER`, or what the system has for it. Gives whether that could be started. */
export function openPage(path: string, browser: string | undefined): Promise<boolean> {
  const [command, ...args] = browser ? [browser] : [...(OPENERS[process.platform] ?? ['xdg-open'])];
  return new Promise((resolve) => {
    const child = spawn(command as string, [...args, path], { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
