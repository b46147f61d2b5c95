import { formatCount } from '../core/format-count.js';
import type { RowRenderers } from '../files/line-writer.js';
import { shortenPath } from '../files/show-path.js';
import type { TagSetSummary } from '../store/tag-database.js';
import type { CorrectionRow } from '../tasks/tags/correct-tags.js';

export const tagSetRows: RowRenderers<TagSetSummary> = {
  csvHeader: ['name', 'tags', 'images', 'labels', 'labelSetFingerprint', 'model', 'fingerprint', 'minProbability', 'createdAt'],
  csv: ({ encoder, ...s }) => [
    [s.name, s.tags, s.images, s.labels, s.labelSetFingerprint, encoder.name, encoder.fingerprint, s.minProbability, s.createdAt],
  ],
  human: (set) => [
    `${set.name}  ${formatCount(set.tags, 'tag')} among ${formatCount(set.images, 'image')}, ${formatCount(set.labels, 'label')} (${set.labelSetFingerprint}) from ${set.minProbability}, ${set.encoder.name}, ${set.createdAt}`,
  ],
};

/** Corrections by hand, one line for each image. Paths in `cwd` are shown without it. */
export const correctionRows = (cwd: string): RowRenderers<CorrectionRow> => ({
  csvHeader: ['tag', 'change', 'path', 'contentHash', 'correctedAt'],
  csv: (row) => pathsOf(row).map((path) => [row.tag, row.change, path, row.contentHash, row.correctedAt]),
  human: (row) =>
    pathsOf(row).map((path) => {
      const name = path === '' ? `${row.contentHash.slice(0, 12)} (not in the index now)` : shortenPath(path, cwd);
      return `${row.change.padEnd(7)}  ${row.tag}  ${name}  ${row.correctedAt.slice(0, 10)}`;
    }),
});

const pathsOf = ({ paths }: CorrectionRow): readonly string[] => (paths.length === 0 ? [''] : paths);
