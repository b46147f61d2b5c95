import { LabelwiseError } from '../../errors.js';
import { shortenPath, showPath } from '../../files/show-path.js';
import { indexedSource } from '../../ingest/indexed-source.js';
import { describeFacts } from '../../pages/describe-search.js';
import type { SearchResult } from '../../tasks/search/search-images.js';
import type { Run } from '../context.js';
import { findOptionsOf } from '../find-options.js';
import { paint } from './paint.js';
import type { RowRenderers } from './rows.js';
import { renderThumbnail, showsPictures } from './thumbnail.js';

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

/** Rank, similarity, name and facts; below them the picture where the terminal shows it. */
export function searchRenderers(run: Run, hasPictures: boolean): RowRenderers<SearchResult> {
  const bold = paint(run.io, 'bold', run.io.stdout);
  const dim = paint(run.io, 'dim', run.io.stdout);
  return {
    csvHeader: ['rank', 'path', 'similarity', ...FACTS, 'alsoAt', 'tagProbability'],
    async human(row) {
      const facts = describeFacts(row);
      const copies = row.alsoAt.map((path) => dim(`${' '.repeat(14)}also ${shortenPath(path, run.io.cwd)}`));
      const line = `${String(row.rank).padStart(4)}  ${scoreOf(row).padStart(6)}  ${bold(shortenPath(row.path, run.io.cwd))}${facts === '' ? '' : `  ${dim(facts)}`}`;
      return [line, ...copies, ...(hasPictures && showsPictures(run.io) ? [...(await pictureOf(row.path, run)), ''] : [])];
    },
  };
}

/** What the rows are ranked by. */
const scoreOf = ({ similarity, tagProbability }: SearchResult): string =>
  similarity?.toFixed(4) ?? (tagProbability === null ? '' : `${(100 * tagProbability).toFixed(1)}%`);

/** The picture as it is now. A file that was deleted since it was indexed has none. */
async function pictureOf(path: string, run: Run): Promise<string[]> {
  const { cwd, limits } = findOptionsOf(run);
  const { decodeImage } = await import('../../images/decode-image.js');
  const { readImageBytes } = await import('../../images/read-image.js');
  try {
    const bytes = await readImageBytes(indexedSource(path, cwd), limits);
    const image = await decodeImage(bytes, limits);
    return renderThumbnail(image).map((line) => `      ${line}`);
  } catch (error) {
    if (error instanceof LabelwiseError) return [`      ${showPath(error.message)}`];
    throw error;
  }
}
