import type { RowRenderers } from '../files/line-writer.js';
import { shortenPath } from '../files/show-path.js';
import { renderTable } from '../files/table.js';
import type { GroupedImage } from '../tasks/discover/discover.js';

/** A group, or at the end the images that fit none. */
export interface DiscoveredRow {
  readonly group: number | null;
  readonly name: string | null;
  readonly probability: number | null;
  readonly otherNames: readonly string[];
  readonly images: readonly GroupedImage[];
}

interface Terminal {
  /** Paths in it are shown without it. */
  readonly cwd: string;
  readonly columns: number | undefined;
}

/** One row for each group; CSV has one line for each image. The table is printed as a whole, from the last row on. */
export function discoveryRows(rows: readonly DiscoveredRow[], terminal: Terminal): RowRenderers<DiscoveredRow> {
  return {
    csvHeader: ['group', 'name', 'path', 'similarity', 'content_hash'],
    csv: ({ group, name, images }) =>
      images.map(({ path, similarity, contentHash }) => [group ?? '', name ?? '', path, similarity, contentHash]),
    json: ({ images, ...row }) => ({
      ...row,
      images: images.map(({ path, contentHash, similarity, place }) => ({ path, contentHash, similarity, place })),
    }),
    human: (row) => (row === rows.at(-1) ? table(rows, terminal) : []),
  };
}

const table = (rows: readonly DiscoveredRow[], { cwd, columns = 120 }: Terminal): string[] =>
  renderTable(
    ['images', 'name', 'sure', 'or', columns > 100 ? 'such as' : 'example'],
    rows.map(({ name, probability, otherNames, images: [first, ...more] }) => [
      `${first ? more.length + 1 : 0}`,
      name ?? '(fit no group)',
      probability === null ? '' : `${(100 * probability).toFixed(0)} %`,
      otherNames.slice(0, 2).join(', '),
      first ? shortenPath(first.path, cwd) : '',
    ]),
    [0, 2],
  );
