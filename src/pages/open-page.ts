import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] };

/** Where a page goes that was asked for only to be looked at. */
export const temporaryPage = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'labelwise-')), 'search.html');

/** Opens a page in the person's browser: `$BROWSER`, or what the system has for it. Gives whether that could be started. */
export function openPage(path: string, browser: string | undefined): Promise<boolean> {
  const [command, ...args] = browser ? wordsOf(browser) : [...(OPENERS[process.platform] ?? ['xdg-open'])];
  const isNamed = args.some((word) => word.includes('%s'));
  const told = isNamed ? args.map((word) => word.replaceAll('%s', () => path)) : [...args, path];
  return new Promise((resolve) => {
    const child = spawn(command as string, told, { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

/** A program, or a program with arguments, where `%s` stands for the page: "firefox --new-window %s". A program's own path may hold blanks. */
const wordsOf = (browser: string): string[] => (existsSync(browser) ? [browser] : browser.trim().split(/\s+/));
