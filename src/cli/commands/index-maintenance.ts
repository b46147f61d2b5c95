import { formatCount } from '../../core/format-count.js';
import { LabelwiseError } from '../../errors.js';
import type { CliIo } from '../../local/io.js';
import { describeOptimizing, describePruning, describeStatus, failedRows, faultRows, leftOutRows } from '../../rows/index-rows.js';
import { startRun } from '../context.js';
import { addFormats, baseCommand } from '../options.js';
import { readNumber } from '../read-number.js';
import { formatOf, printRows } from '../render/rows.js';

export const maintenanceCommand = (name: string) => addFormats(baseCommand(name)).option('--db <folder>', 'folder of the database');

/** `labelwise index status | verify | optimize | prune`. */
export function indexMaintenanceCommands(io: CliIo) {
  return [statusCommand(io), verifyCommand(io), optimizeCommand(io), pruneCommand(io)];
}

function statusCommand(io: CliIo) {
  return maintenanceCommand('status')
    .description('show what the index contains')
    .option('--failed', 'list the files that could not be used, with reasons')
    .option('--left-out', 'list the files that are left out, with reasons')
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const { listFailed, readStatus } = await import('../../tasks/maintain-index.js');
      if (flags.failed && flags.leftOut) throw new LabelwiseError('INVALID_ARGUMENT', 'Expected one of --failed and --left-out, got both.');
      if (flags.failed) return await printRows(await listFailed(run.workspace), { io, format: formatOf(flags) }, failedRows);
      const { leftOutFiles, ...index } = await readStatus(run.workspace, run.options);
      if (flags.leftOut) return await printRows(leftOutFiles, { io, format: formatOf(flags) }, leftOutRows);
      await printOne(io, flags, index, (status) => describeStatus(status, io.cwd));
    });
}

function verifyCommand(io: CliIo) {
  return maintenanceCommand('verify')
    .description('check every row of the index and list damage (exit code 5)')
    .option('--repair', 'embed the files of damaged rows again')
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const { repairIndex, verifyIndex } = await import('../../tasks/maintain-index.js');
      const { rows, faults } = await verifyIndex(run.workspace, run.options);
      await printRows(faults, { io, format: formatOf(flags) }, faultRows);
      if (faults.length === 0) {
        run.say(`${formatCount(rows, 'row')}, no damage`);
        return;
      }
      const paths = faults.flatMap(({ path }) => (path === undefined ? [] : [path]));
      if (flags.repair && paths.length > 0) {
        const { repaired, removed } = await repairIndex(run.workspace, paths, run.options).finally(() => run.clearBars());
        run.say(
          `embedded ${formatCount(repaired, 'file')} again${removed > 0 ? `, and removed ${formatCount(removed, 'missing file')} from the index` : ''}`,
        );
      }
      if (flags.repair && paths.length === faults.length) return;
      throw new LabelwiseError(
        'INDEX_DAMAGED',
        `The index in ${run.config.db} has ${formatCount(faults.length, 'fault')} in ${formatCount(rows, 'row')}.`,
        {
          hint: paths.length === faults.length ? 'Embed their files again with: labelwise index verify --repair' : BROKEN_TABLE,
        },
      );
    });
}

const BROKEN_TABLE =
  'Files of a table are missing or broken. Restore a backup: labelwise index restore FOLDER --force. Without one, delete only the folder named above, and run "labelwise index" and "labelwise tag" again. Deleting tag-corrections.lance loses the corrections by hand.';

function optimizeCommand(io: CliIo) {
  return maintenanceCommand('optimize')
    .description('merge small files; build a vector index for a large index and measure its recall')
    .option('--min-rows <n>', 'build a vector index from this many images', '50000')
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const minRows = readNumber(flags.minRows, { flag: '--min-rows', min: 256, max: 1e9 });
      const { optimizeIndex } = await import('../../tasks/maintain-index.js');
      const report = await optimizeIndex(run.workspace, { minRows }, run.options);
      await printOne(io, flags, report, (done) => describeOptimizing(done, minRows));
    });
}

function pruneCommand(io: CliIo) {
  return maintenanceCommand('prune')
    .description('free the space of old versions and of earlier models')
    .option('--keep-minutes <n>', 'keep newer versions, which a running search may read', '60')
    .option('--unfinished', 'also remove unfinished migrations')
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const keepMs = readNumber(flags.keepMinutes, { flag: '--keep-minutes', min: 0, max: 1e7 }) * 60_000;
      const { pruneIndex } = await import('../../tasks/maintain-index.js');
      const report = await pruneIndex(run.workspace, { keepMs, isAll: flags.unfinished === true }, run.options);
      await printOne(io, flags, report, describePruning);
    });
}

type Formats = Parameters<typeof formatOf>[0];

/** One object: a row in each format. */
export async function printOne<T extends object>(io: CliIo, flags: Formats, row: T, human: (row: T) => string[]): Promise<void> {
  await printRows(
    [row],
    { io, format: formatOf(flags) },
    {
      csvHeader: Object.keys(row),
      csv: (one) => [Object.values(one).map((value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : value))],
      human,
    },
  );
}
