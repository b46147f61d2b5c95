import { relative } from 'node:path';
import { DEFAULT_IMAGE_LIMITS } from '../../encoders/preprocess/read-image.js';
import { LabelwiseError } from '../../errors.js';
import type { FoundImageRow } from '../../store/search-images.js';
import type { Run } from '../open-model.js';
import { paint } from './paint.js';
import type { RowRenderers } from './rows.js';
import { showPath } from './show-path.js';
import { renderThumbnail, showsPictures } from './thumbnail.js';

/** An image that was found, as it is printed. */
export interface SearchRow {
  readonly rank: number;
  readonly path: string;
  /** null where nothing was searched for but tags and filters. */
  readonly similarity: number | null;
  readonly imageId: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly format: string | null;
  readonly takenAt: string | null;
  readonly camera: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** Other names of the same picture. */
  readonly alsoAt: readonly string[];
}

export function toSearchRow(row: FoundImageRow, rank: number): SearchRow {
  const { path, similarity = null, content_hash: imageId, width, height, format, taken_at: takenAt, camera, latitude, longitude } = row;
  return { rank, path, similarity, imageId, width, height, format, takenAt, camera, latitude, longitude, alsoAt: row.paths.slice(1) };
}

/** Rank, similarity, name and facts; below them the picture where the terminal shows it. */
export function searchRenderers(run: Run, hasPictures: boolean): RowRenderers<SearchRow> {
  const bold = paint(run.io, 'bold', run.io.stdout);
  const dim = paint(run.io, 'dim', run.io.stdout);
  return {
    csvHeader: [
      'rank',
      'path',
      'similarity',
      'image_id',
      'width',
      'height',
      'format',
      'taken_at',
      'camera',
      'latitude',
      'longitude',
      'also_at',
    ],
    csv: (row) => [
      [
        row.rank,
        row.path,
        row.similarity,
        row.imageId,
        row.width,
        row.height,
        row.format,
        row.takenAt,
        row.camera,
        row.latitude,
        row.longitude,
        row.alsoAt.join('\n'),
      ],
    ],
    async human(row) {
      const facts = factsOf(row);
      const copies = row.alsoAt.map((path) => dim(`${' '.repeat(14)}also ${shorten(path, run.io.cwd)}`));
      const line = `${String(row.rank).padStart(4)}  ${row.similarity?.toFixed(4) ?? '      '}  ${bold(shorten(row.path, run.io.cwd))}${facts === '' ? '' : `  ${dim(facts)}`}`;
      return [line, ...copies, ...(hasPictures && showsPictures(run.io) ? [...(await pictureOf(row.path)), ''] : [])];
    },
  };
}

const factsOf = (row: SearchRow): string =>
  [row.width === null ? undefined : `${row.width} x ${row.height}`, row.takenAt?.slice(0, 10), row.camera]
    .filter((fact) => fact)
    .join(', ');

/** From the folder that we are in, where the image lies in it. */
function shorten(path: string, cwd: string): string {
  const inside = path.startsWith('file:') ? '..' : relative(cwd, path);
  return showPath(inside.startsWith('..') || inside === '' ? path : inside);
}

/** The picture as it is now; a file that went since it was indexed has none. */
async function pictureOf(path: string): Promise<string[]> {
  const { decodeImage } = await import('../../encoders/preprocess/decode-image.js');
  const { readImageBytes } = await import('../../encoders/preprocess/read-image.js');
  try {
    const image = await decodeImage(await readImageBytes(path, DEFAULT_IMAGE_LIMITS), DEFAULT_IMAGE_LIMITS);
    return renderThumbnail(image).map((line) => `      ${line}`);
  } catch (error) {
    if (error instanceof LabelwiseError) return [`      ${error.message}`];
    throw error;
  }
}

/** Writes the contact sheet of a search. */
export async function writeSearchPage(
  path: string,
  { title, rows, run }: { title: string; rows: readonly SearchRow[]; run: Run },
): Promise<void> {
  const { createPictureSheet } = await import('./picture-sheet.js');
  const { config } = run;
  const limits = {
    ...DEFAULT_IMAGE_LIMITS,
    ...(config.maxImageMegapixels === undefined ? {} : { maxImageMegapixels: config.maxImageMegapixels }),
    ...(config.maxImageBytes === undefined ? {} : { maxImageBytes: config.maxImageBytes }),
  };
  const text = { title, intro: `${rows.length} images`, footer: `labelwise search, ${config.db}` };
  const sheet = await createPictureSheet(path, text, { run, limits });
  for (const row of rows) {
    const facts = [row.similarity === null ? undefined : `similarity ${row.similarity.toFixed(4)}`, factsOf(row)];
    await sheet.add({ path: row.path, facts: facts.filter((fact) => fact !== undefined && fact !== '') as string[] });
  }
  await sheet.end(rows.length === 0 ? 'Nothing was found.' : undefined);
}
