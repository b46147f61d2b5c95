import { LabelwiseError } from '../errors.js';
import type { RowRenderers } from '../files/line-writer.js';
import { shortenPath, showPath } from '../files/show-path.js';
import type { ImageLimits } from '../images/read-image.js';
import { indexedSource } from '../ingest/indexed-source.js';
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
  /** Limits of the pictures below the rows; undefined for rows without pictures. */
  readonly pictures: ImageLimits | undefined;
}

/** Rank, similarity, name and facts, and below them the picture. */
export function searchRows({ bold, dim, cwd, pictures }: SearchRowOptions): RowRenderers<SearchResult> {
  return {
    csvHeader: ['rank', 'path', 'similarity', ...FACTS, 'alsoAt', 'tagProbability'],
    async human(row) {
      const facts = describeFacts(row);
      const copies = row.alsoAt.map((path) => dim(`${' '.repeat(14)}also ${shortenPath(path, cwd)}`));
      const line = `${String(row.rank).padStart(4)}  ${scoreOf(row).padStart(6)}  ${bold(shortenPath(row.path, cwd))}${facts === '' ? '' : `  ${dim(facts)}`}`;
      return [line, ...copies, ...(pictures ? [...(await pictureOf(row.path, cwd, pictures)), ''] : [])];
    },
  };
}

/** What the rows are ranked by. */
const scoreOf = ({ similarity, tagProbability }: SearchResult): string =>
  similarity?.toFixed(4) ?? (tagProbability === null ? '' : `${(100 * tagProbability).toFixed(1)}%`);

/** The picture as it is now. A file that was deleted since it was indexed has none. */
async function pictureOf(path: string, cwd: string, limits: ImageLimits): Promise<string[]> {
  const { decodeImage } = await import('../images/decode-image.js');
  const { readImageBytes } = await import('../images/read-image.js');
  try {
    const bytes = await readImageBytes(indexedSource(path, cwd), limits);
    const image = await decodeImage(bytes, limits);
    return renderThumbnail(image).map((line) => `      ${line}`);
  } catch (error) {
    if (error instanceof LabelwiseError) return [`      ${showPath(error.message)}`];
    throw error;
  }
}
