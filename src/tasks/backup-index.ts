import { resolve } from 'node:path';
import type { BackupReport } from '../store/backup-manifest.js';
import { lockOptions } from './open-index.js';
import type { TaskOptions, Workspace } from './workspace.js';

export type { BackupReport };

/** Where a backup is. */
export interface BackupRequest {
  /** A relative path starts in the workspace's `cwd`. */
  readonly folder: string;
}

export interface RestoreRequest extends BackupRequest {
  /** Replace a database that exists. */
  readonly force?: boolean | undefined;
}

/** Copies the whole database into a new or empty folder: index, tags and label tables. Others can search meanwhile, but not write. */
export async function backUpIndex(workspace: Workspace, { folder }: BackupRequest, options: TaskOptions = {}): Promise<BackupReport> {
  const { backUp } = await import('../store/backup.js');
  return backUp(await workspace.database(), resolve(workspace.settings.cwd, folder), copyOptions(workspace, options));
}

/** Puts the database of a backup in the place of the workspace's. It is checked first, file by file; on failure nothing changes. */
export async function restoreIndex(
  workspace: Workspace,
  { folder, force }: RestoreRequest,
  options: TaskOptions = {},
): Promise<BackupReport> {
  const { restoreBackup } = await import('../store/backup.js');
  const { onWarning = workspace.warn } = options;
  const how = { ...copyOptions(workspace, options), force, onWarning };
  return restoreBackup(await workspace.database(), resolve(workspace.settings.cwd, folder), how);
}

const copyOptions = (workspace: Workspace, options: TaskOptions) => ({
  ...lockOptions(workspace, options),
  onProgress: (done: number, total: number) => options.onProgress?.({ task: 'reading', done, total }),
});
