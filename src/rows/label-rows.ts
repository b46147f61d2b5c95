import { formatCount } from '../core/format-count.js';
import type { RowRenderers } from '../files/line-writer.js';
import { showInput } from '../files/show-path.js';
import { renderTable } from '../files/table.js';
import { describeError, type ErrorRow } from '../pages/error-row.js';
import type { StoredExample } from '../store/example-table-schema.js';
import type { LabelTableSummary } from '../store/label-database.js';
import type { Style } from './style.js';

/** The stored labels nearest to an image. */
export interface MatchRow {
  readonly path: string;
  readonly matches: readonly { readonly label: string; readonly similarity: number; readonly distance: number }[];
}

export const matchRows = ({ bold }: Style): RowRenderers<MatchRow | ErrorRow> => ({
  csvHeader: ['path', 'rank', 'label', 'similarity', 'distance', 'error_code', 'error_message'],
  csv: (row) =>
    'error' in row
      ? [[row.path, '', '', '', '', row.error.code, row.error.message]]
      : row.matches.map((m, i) => [row.path, i + 1, m.label, m.similarity, m.distance, '', '']),
  human: (row) => ('error' in row ? [describeError(row), ''] : [bold(showInput(row.path)), ...tableOf(row), '']),
});

const tableOf = ({ matches }: MatchRow): string[] =>
  renderTable(
    ['rank', 'label', 'similarity', 'distance'],
    matches.map((m, i) => [String(i + 1), m.label, m.similarity.toFixed(4), m.distance.toFixed(4)]),
    [0, 2, 3],
  );

export const labelTableRows: RowRenderers<LabelTableSummary> = {
  csvHeader: ['name', 'labels', 'templates', 'model', 'fingerprint', 'createdAt'],
  csv: (t) => [[t.name, t.labels, t.templates.length, t.encoder.name, t.encoder.fingerprint, t.createdAt]],
  human: (t) => [
    `${t.name}  ${formatCount(t.labels, 'label')} in ${formatCount(t.templates.length, 'template')}, ${t.encoder.name} (${t.encoder.fingerprint}), ${t.createdAt}`,
  ],
};

/** Example images of labels. */
export const exampleRows: RowRenderers<StoredExample> = {
  csvHeader: ['label', 'shows', 'source', 'contentHash', 'addedAt'],
  csv: ({ label, isPositive, source, contentHash, addedAt }) => [[label, isPositive, source, contentHash, addedAt]],
  json: ({ label, isPositive, source, contentHash, addedAt }) => ({ label, shows: isPositive, source, contentHash, addedAt }),
  human: ({ label, isPositive, source, contentHash }) => [
    `${label}  ${isPositive ? '' : 'not '}${showInput(source)}  ${contentHash.slice(0, 12)}`,
  ],
};
