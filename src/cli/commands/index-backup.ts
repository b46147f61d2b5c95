import { showPath } from '../../files/show-path.js';
import type { CliIo } from '../../local/io.js';
import { describeBackup } from '../../rows/index-rows.js';
import { startRun } from '../context.js';
import { maintenanceCommand, printOne } from './index-maintenance.js';

/** `labelwise index backup | restore`. */
export function indexBackupCommands(io: CliIo) {
  return [backupCommand(io), restoreCommand(io)];
}

function backupCommand(io: CliIo) {
  return maintenanceCommand('backup')
    .description('copy the database (index, tags, corrections and label tables) into a new folder')
    .argument('<folder>', 'a folder that does not exist yet, or is empty')
    .action(async (folder, flags) => {
      await using run = startRun(flags, io);
      const { backUpIndex } = await import('../../tasks/backup-index.js');
      const report = await backUpIndex(run.workspace, { folder }, run.options).finally(() => run.clearBars());
      await printOne(io, flags, report, (done) => describeBackup(done, `backed up to ${showPath(folder)}`));
    });
}

function restoreCommand(io: CliIo) {
  return maintenanceCommand('restore')
    .description('check a backup and put its database in place')
    .argument('<folder>', 'what "index backup" wrote')
    .option('--force', 'replace the database that exists')
    .action(async (folder, flags) => {
      await using run = startRun(flags, io);
      const { restoreIndex } = await import('../../tasks/backup-index.js');
      const request = { folder, force: flags.force === true };
      const report = await restoreIndex(run.workspace, request, run.options).finally(() => run.clearBars());
      await printOne(io, flags, report, (done) => describeBackup(done, `restored to ${showPath(run.config.db)}`));
    });
}
