import { LabelwiseError } from '../errors.js';
import type { RowRenderers } from '../files/line-writer.js';
import { shortenPath, showPath } from '../files/show-path.js';
import { type IndexedPlaces, readIndexed } from '../ingest/indexed-source.js';
import { describeFacts } from '../pages/describe-search.js';
import type { SearchResult } from '../tasks/search/search-images.js';
import type { Style } from './style.js';
import { renderThumbnail } from './terminal-picture.js';

const FACTS = [
  'contentHash',
  'width',
  'height',
  'format',
  'takenAt',
  'takenAtSource',
  'camera',
  'latitude',
  'longitude',
  'rating',
  'title',
  'keywords',
] as const;

interface SearchRowOptions extends Pick<Style, 'bold' | 'dim'> {
  /** Paths in it are shown without it. */
  readonly cwd: string;
  /** How the pictures below the rows are read; undefined for rows without pictures. */
  readonly pictures: IndexedPlaces | undefined;
}

/** Rank, similarity, name and facts, and below them the picture. */
export function searchRows({ bold, dim, cwd, pictures }: SearchRowOptions): RowRenderers<SearchResult> {
  return {
    csvHeader: ['rank', 'path', 'similarity', ...FACTS, 'alsoAt', 'tagProbability'],
    async human(row) {
      const facts = describeFacts(row);
      const copies = row.alsoAt.map((path) => dim(`${' '.repeat(14)}also ${shortenPath(path, cwd)}`));
      const line = `${String(row.rank).padStart(4)}  ${scoreOf(row).padStart(6)}  ${bold(shortenPath(row.path, cwd))}${facts === '' ? '' : `  ${dim(facts)}`}`;
      return [line, ...copies, ...(pictures ? [...(await pictureOf(row.path, pictures)), ''] : [])];
    },
  };
}

/** What the rows are ranked by. */
const scoreOf = ({ similarity, tagProbability }: SearchResult): string =>
  similarity?.toFixed(4) ?? (tagProbability === null ? '' : `${(100 * tagProbability).toFixed(1)}%`);

/** The picture as it is now. A file that was deleted since it was indexed has none. */
async function pictureOf(path: string, places: IndexedPlaces): Promise<string[]> {
  const { decodeImage } = await import('../images/decode-image.js');
  try {
    const image = await decodeImage(await readIndexed(path, places), places.limits);
    return renderThumbnail(image).map((line) => `      ${line}`);
  } catch (error) {
    if (error instanceof LabelwiseError) return [`      ${showPath(error.message)}`];
    throw error;
  }
}
