import { shortenPath } from '../../files/show-path.js';
import { renderTable } from '../../files/table.js';
import type { GroupedImage } from '../../tasks/discover/discover.js';
import type { CliIo } from '../io.js';
import type { RowRenderers } from './rows.js';

/** A group, or at the end the images that fit none. */
export interface DiscoveredRow {
  readonly group: number | null;
  readonly name: string | null;
  readonly probability: number | null;
  readonly otherNames: readonly string[];
  readonly images: readonly GroupedImage[];
}

/** One row for each group; CSV has one line for each image. The table is printed as a whole, from the last row on. */
export function discoveryRenderers(rows: readonly DiscoveredRow[], io: CliIo): RowRenderers<DiscoveredRow> {
  return {
    csvHeader: ['group', 'name', 'path', 'similarity', 'content_hash'],
    csv: ({ group, name, images }) =>
      images.map(({ path, similarity, contentHash }) => [group ?? '', name ?? '', path, similarity, contentHash]),
    json: ({ images, ...row }) => ({
      ...row,
      images: images.map(({ path, contentHash, similarity, place }) => ({ path, contentHash, similarity, place })),
    }),
    human: (row) => (row === rows.at(-1) ? table(rows, io) : []),
  };
}

const table = (rows: readonly DiscoveredRow[], io: CliIo): string[] =>
  renderTable(
    ['images', 'name', 'sure', 'or', io.stdout.columns === undefined || io.stdout.columns > 100 ? 'such as' : 'example'],
    rows.map(({ name, probability, otherNames, images: [first, ...more] }) => [
      `${first ? more.length + 1 : 0}`,
      name ?? '(fit no group)',
      probability === null ? '' : `${(100 * probability).toFixed(0)} %`,
      otherNames.slice(0, 2).join(', '),
      first ? shortenPath(first.path, io.cwd) : '',
    ]),
    [0, 2],
  );
