import { homedir } from 'node:os';
import { join } from 'node:path';

/** What to do where it cannot be written, see `toOutputFault`. */
export const ANOTHER_HOME = 'set LABELWISE_HOME to a folder that can be written';

/** The folder for what labelwise keeps between runs: LABELWISE_HOME, else the system's folder for a program's data. */
export function labelwiseHome(env: Readonly<Record<string, string | undefined>>): string {
  if (env.LABELWISE_HOME) return env.LABELWISE_HOME;
  if (process.platform === 'win32') return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'labelwise');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'labelwise');
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'labelwise');
}
