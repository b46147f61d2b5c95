import { formatCount } from '../core/format-count.js';
import { formatBytes } from '../files/format-bytes.js';
import { describeLeftOut, type LeftOutFile } from '../files/left-out.js';
import type { RowRenderers } from '../files/line-writer.js';
import { shortenPath, showPath } from '../files/show-path.js';
import type { IndexSummary } from '../ingest/index-folders.js';
import type { BackupReport } from '../store/backup-manifest.js';
import type { OptimizeReport } from '../store/optimize-images.js';
import type { PruneReport } from '../store/prune-images.js';
import type { IndexFault } from '../store/verify-images.js';
import type { FailedRow, FullStatus } from '../tasks/maintain-index.js';

/** A file of a summary with its error as a door shows it. */
interface ShownFile {
  readonly path: string;
  readonly error: { readonly code: string; readonly message: string };
}

export type ShownSummary = Omit<IndexSummary, 'failed' | 'missing'> & {
  readonly failed: readonly ShownFile[];
  readonly missing: readonly ShownFile[];
};

const countLeftOut = (list: IndexSummary['leftOut']): number => list.reduce((sum, { count }) => sum + count, 0);

/** What a run over folders found and did. */
export const summaryRows: RowRenderers<ShownSummary> = {
  csvHeader: ['found', 'unchanged', 'encoded', 'known', 'removed', 'failed', 'still_failed', 'missing', 'left_out'],
  csv: ({ failed, missing, leftOut, ...row }) => [
    [
      ...[row.found, row.unchanged, row.encoded, row.known, row.removed, failed.length],
      ...[row.stillFailed, missing.length, countLeftOut(leftOut)],
    ],
  ],
  human: ({ failed, missing, ...row }) => [
    ...[...missing, ...failed].map(({ path, error }) => `${showPath(path)}: ${error.code}: ${error.message}`),
    `${formatCount(row.found, 'file')}: ${row.encoded} encoded, ${row.known} known by their content, ${row.unchanged} unchanged, ${row.removed} removed, ${failed.length} could not be used` +
      (row.further > 0 ? `, ${row.further} part of another picture (raw files, bursts)` : '') +
      (row.stillFailed > 0 ? ` (and ${row.stillFailed} as before: labelwise index status --failed)` : '') +
      (missing.length > 0 ? `, ${formatCount(missing.length, 'folder')} missing` : ''),
  ],
};

export const failedRows: RowRenderers<FailedRow> = {
  csvHeader: ['path', 'code', 'message'],
  human: (row) => [`${showPath(row.path)}: ${row.code}: ${row.message}`],
};

export const leftOutRows: RowRenderers<LeftOutFile> = {
  csvHeader: ['path', 'reason', 'by'],
  human: ({ path, reason, by }) => [`${showPath(path)}: ${reason}${by === undefined ? '' : ` by ${showPath(by)}`}`],
};

export const faultRows: RowRenderers<IndexFault> = {
  csvHeader: ['kind', 'path', 'detail'],
  human: (fault) => [`${fault.path === undefined ? 'the table' : showPath(fault.path)}: ${fault.kind}: ${fault.detail}`],
};

/** What an index holds. Paths in `cwd` are shown without it. */
export const describeStatus = (status: Omit<FullStatus, 'leftOutFiles'>, cwd: string): string[] => [
  `${formatCount(status.files, 'image')}, ${formatCount(status.failed, 'file')} that could not be used, ${formatBytes(status.bytes)} in ${status.folder} (table "${status.table}")`,
  `model ${status.encoder.name} (${status.encoder.fingerprint}), ${status.dimension} dimensions${status.hasCrops ? ', with crops' : ''}`,
  ...status.roots.map((root) => `folder ${showPath(root)}${status.missing.includes(root) ? ' (missing)' : ''}`),
  ...status.volumes.map((path) => `disk ${showPath(path)}${status.missing.includes(path) ? ' (missing)' : ''}`),
  ...(status.exclude.length > 0 ? [`excluded: ${status.exclude.map(showPath).join(', ')}`] : []),
  ...status.leftOut.map((left) => `left out: ${describeLeftOut(left, (path) => shortenPath(path, cwd))}`),
  status.vectorIndex
    ? `vector index ${status.vectorIndex.kind}, ${status.vectorIndex.metric}: ${status.vectorIndex.indexedRows} rows, and ${status.vectorIndex.newRows} compared one by one`
    : `no vector index: ${status.cells ? 'searches with a filter compare' : 'every search compares'} all rows`,
  ...(status.cells ? [describeCells(status.cells)] : []),
  `${formatCount(status.versions, 'version')} (free those older than an hour with: labelwise index prune)`,
];

/** What optimising did; a vector index is for collections from `minRows` images. */
export const describeOptimizing = ({ rows, filesRemoved, seconds, ...choice }: OptimizeReport, minRows: number): string[] => [
  `${formatCount(rows, 'image')}, ${formatCount(filesRemoved, 'file')} merged, ${seconds.toFixed(1)} s`,
  describeChoice(choice, minRows),
  ...(choice.cells ? [describeCells(choice.cells)] : []),
];

const describeCells = ({ cells, compared, rows }: NonNullable<OptimizeReport['cells']>): string =>
  `${cells} cells: searches without a filter compare about ${compared} of ${rows} rows. Measured, that finds 0.985 of the ten nearest; exact searches compare all rows`;

const WHAT_BECAME = {
  built: 'vector index built',
  updated: 'vector index updated',
  refused: 'no vector index, because too few of the true neighbours were found. The best attempt',
};

function describeChoice({ vectorIndex, recall }: Pick<OptimizeReport, 'vectorIndex' | 'recall'>, minRows: number): string {
  if (vectorIndex === 'none' || recall === undefined) return `no vector index: comparing all rows is fast enough below ${minRows} images`;
  return `${WHAT_BECAME[vectorIndex]}: recall@10 ${recall.recallAt10.toFixed(3)} against the exact scan on ${recall.queries} images, ${recall.indexedMs.toFixed(1)} ms a search instead of ${recall.exactMs.toFixed(1)} ms`;
}

export const describePruning = ({ bytesFreed, versionsRemoved, tablesRemoved }: PruneReport): string[] => [
  `${formatBytes(bytesFreed)} freed: ${formatCount(versionsRemoved, 'old version')}${tablesRemoved.length > 0 ? `, tables ${tablesRemoved.join(', ')}` : ''}`,
];

/** `done`: what was done, and where. */
export function describeBackup({ tables, files, bytes }: BackupReport, done: string): string[] {
  const rows = tables.map(({ name, rows }) => `${name} (${rows})`).join(', ');
  return [`${files} files, ${formatBytes(bytes)}, ${done}; tables and rows: ${rows}`];
}
