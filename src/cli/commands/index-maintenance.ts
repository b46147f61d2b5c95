import { formatCount } from '../../core/format-count.js';
import { LabelwiseError } from '../../errors.js';
import { formatBytes } from '../../files/format-bytes.js';
import { describeLeftOut, type LeftOutFile } from '../../files/left-out.js';
import { shortenPath, showPath } from '../../files/show-path.js';
import type { OptimizeReport } from '../../store/optimize-images.js';
import type { PruneReport } from '../../store/prune-images.js';
import type { FailedRow, FullStatus } from '../../tasks/maintain-index.js';
import { startRun } from '../context.js';
import type { CliIo } from '../io.js';
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
      if (flags.failed) return await printFailed(io, await listFailed(run.workspace), formatOf(flags));
      const { leftOutFiles, ...index } = await readStatus(run.workspace, run.options);
      const { leftOut, missing } = index;
      if (flags.leftOut) return await listLeftOut(io, leftOutFiles, formatOf(flags));
      await printOne<Omit<FullStatus, 'leftOutFiles'>>(io, flags, index, (status) => [
        `${status.files} images, ${status.failed} files that could not be used, ${formatBytes(status.bytes)} in ${status.folder} (table "${status.table}")`,
        `model ${status.encoder.name} (${status.encoder.fingerprint}), ${status.dimension} dimensions${status.hasCrops ? ', with crops' : ''}`,
        ...status.roots.map((root) => `folder ${showPath(root)}${missing.includes(root) ? ' (missing)' : ''}`),
        ...(status.exclude.length > 0 ? [`excluded: ${status.exclude.map(showPath).join(', ')}`] : []),
        ...leftOut.map((left) => `left out: ${describeLeftOut(left, (path) => shortenPath(path, io.cwd))}`),
        status.vectorIndex
          ? `vector index ${status.vectorIndex.kind}, ${status.vectorIndex.metric}: ${status.vectorIndex.indexedRows} rows, and ${status.vectorIndex.newRows} compared one by one`
          : 'no vector index: every search compares all rows',
        `${status.versions} versions (free old ones with: labelwise index prune)`,
      ]);
    });
}

async function listLeftOut(io: CliIo, files: readonly LeftOutFile[], format: ReturnType<typeof formatOf>): Promise<void> {
  await printRows(
    files,
    { io, format },
    {
      csvHeader: ['path', 'reason', 'by'],
      human: ({ path, reason, by }) => [`${showPath(path)}: ${reason}${by === undefined ? '' : ` by ${showPath(by)}`}`],
    },
  );
}

async function printFailed(io: CliIo, rows: readonly FailedRow[], format: ReturnType<typeof formatOf>): Promise<void> {
  await printRows(
    rows,
    { io, format },
    {
      csvHeader: ['path', 'code', 'message'],
      human: (row) => [`${showPath(row.path)}: ${row.code}: ${row.message}`],
    },
  );
}

function verifyCommand(io: CliIo) {
  return maintenanceCommand('verify')
    .description('check every row of the index and list damage (exit code 5)')
    .option('--repair', 'embed the files of damaged rows again')
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const { repairIndex, verifyIndex } = await import('../../tasks/maintain-index.js');
      const { rows, faults } = await verifyIndex(run.workspace, run.options);
      await printRows(
        faults,
        { io, format: formatOf(flags) },
        {
          csvHeader: ['kind', 'path', 'detail'],
          human: (fault) => [`${fault.path === undefined ? 'the table' : showPath(fault.path)}: ${fault.kind}: ${fault.detail}`],
        },
      );
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
      await printOne<OptimizeReport>(io, flags, report, ({ rows, filesRemoved, seconds, ...choice }) => [
        `${formatCount(rows, 'image')}, ${formatCount(filesRemoved, 'file')} merged, ${seconds.toFixed(1)} s`,
        describeChoice(choice, minRows),
      ]);
    });
}

const WHAT_BECAME = {
  built: 'vector index built',
  updated: 'vector index updated',
  refused: 'no vector index, because too few of the true neighbours were found, so searches compare all rows. The best attempt',
};

function describeChoice({ vectorIndex, recall }: Pick<OptimizeReport, 'vectorIndex' | 'recall'>, minRows: number): string {
  if (vectorIndex === 'none' || recall === undefined) return `no vector index: comparing all rows is fast enough below ${minRows} images`;
  return `${WHAT_BECAME[vectorIndex]}: recall@10 ${recall.recallAt10.toFixed(3)} against the exact scan on ${recall.queries} images, ${recall.indexedMs.toFixed(1)} ms a search instead of ${recall.exactMs.toFixed(1)} ms`;
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
      await printOne<PruneReport>(io, flags, report, ({ bytesFreed, versionsRemoved, tablesRemoved }) => [
        `${formatBytes(bytesFreed)} freed: ${versionsRemoved} old versions${tablesRemoved.length > 0 ? `, tables ${tablesRemoved.join(', ')}` : ''}`,
      ]);
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
