import { LabelwiseError } from '../../errors.js';
import { DEFAULT_IMAGE_LIMITS } from '../../images/read-image.js';
import type { HtmlFile } from '../../pages/html-file.js';
import type { SearchResult } from '../../tasks/search/search-images.js';
import type { Run } from '../context.js';
import { indexedSource } from '../indexed-source.js';
import { paint } from './paint.js';
import type { RowRenderers } from './rows.js';
import { shortenPath, showPath } from './show-path.js';
import { renderThumbnail, showsPictures } from './thumbnail.js';

/** Rank, similarity, name and facts; below them the picture where the terminal shows it. */
export function searchRenderers(run: Run, hasPictures: boolean): RowRenderers<SearchResult> {
  const bold = paint(run.io, 'bold', run.io.stdout);
  const dim = paint(run.io, 'dim', run.io.stdout);
  return {
    csvHeader: [
      'rank',
      'path',
      'similarity',
      'content_hash',
      'width',
      'height',
      'format',
      'taken_at',
      'camera',
      'latitude',
      'longitude',
      'also_at',
      'tag_probability',
    ],
    csv: (row) => [
      [
        row.rank,
        row.path,
        row.similarity,
        row.contentHash,
        row.width,
        row.height,
        row.format,
        row.takenAt,
        row.camera,
        row.latitude,
        row.longitude,
        row.alsoAt.join('\n'),
        row.tagProbability,
      ],
    ],
    async human(row) {
      const facts = factsOf(row);
      const copies = row.alsoAt.map((path) => dim(`${' '.repeat(14)}also ${shortenPath(path, run.io.cwd)}`));
      const line = `${String(row.rank).padStart(4)}  ${scoreOf(row).padStart(6)}  ${bold(shortenPath(row.path, run.io.cwd))}${facts === '' ? '' : `  ${dim(facts)}`}`;
      return [line, ...copies, ...(hasPictures && showsPictures(run.io) ? [...(await pictureOf(row.path, run.io.cwd)), ''] : [])];
    },
  };
}

/** What the rows are ranked by. */
const scoreOf = ({ similarity, tagProbability }: SearchResult): string =>
  similarity?.toFixed(4) ?? (tagProbability === null ? '' : `${(100 * tagProbability).toFixed(1)}%`);

const factsOf = (row: SearchResult): string =>
  [row.width === null ? undefined : `${row.width} x ${row.height}`, row.takenAt?.slice(0, 10), row.camera]
    .filter((fact) => fact)
    .join(', ');

/** The picture as it is now; a file that went since it was indexed has none. */
async function pictureOf(path: string, cwd: string): Promise<string[]> {
  const { decodeImage } = await import('../../images/decode-image.js');
  const { readImageBytes } = await import('../../images/read-image.js');
  try {
    const bytes = await readImageBytes(indexedSource(path, cwd), DEFAULT_IMAGE_LIMITS);
    const image = await decodeImage(bytes, DEFAULT_IMAGE_LIMITS);
    return renderThumbnail(image).map((line) => `      ${line}`);
  } catch (error) {
    if (error instanceof LabelwiseError) return [`      ${showPath(error.message)}`];
    throw error;
  }
}

/** What a page says of the search that found its pictures. */
export interface SearchTitle {
  readonly title: string;
  readonly intro: string;
  /** Where there is no picture. */
  readonly note: string;
}

/** Writes the contact sheet of a search. */
export async function writeSearchPage(
  file: HtmlFile,
  { text, rows, run }: { text: SearchTitle; rows: readonly SearchResult[]; run: Run },
): Promise<void> {
  const { createPictureSheet } = await import('./picture-sheet.js');
  const { config } = run;
  const limits = {
    ...DEFAULT_IMAGE_LIMITS,
    ...(config.maxImageMegapixels === undefined ? {} : { maxImageMegapixels: config.maxImageMegapixels }),
    ...(config.maxImageBytes === undefined ? {} : { maxImageBytes: config.maxImageBytes }),
  };
  const isRanked = rows.some((row) => row.similarity !== null);
  const footer = `Made by labelwise from the index in ${config.db}.${isRanked ? ' Similarity is the cosine of the query and the picture: it tells which picture on this page fits better, not how well one fits.' : ''}`;
  const sheet = await createPictureSheet(file, { ...text, footer }, { run, limits });
  for (const row of rows) {
    const facts = [
      row.similarity === null ? undefined : `similarity ${row.similarity.toFixed(4)}`,
      row.tagProbability === null ? undefined : `tag ${(100 * row.tagProbability).toFixed(1)} %`,
      factsOf(row),
    ];
    await sheet.add({ path: row.path, alsoAt: row.alsoAt, facts: facts.filter((fact) => fact !== undefined && fact !== '') as string[] });
  }
  await sheet.end(rows.length === 0 ? text.note : undefined);
}
