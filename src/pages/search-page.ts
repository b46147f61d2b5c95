import type { IndexedPlaces } from '../ingest/indexed-source.js';
import type { SearchResult } from '../tasks/search/search-images.js';
import { describeFacts, type SearchTitle } from './describe-search.js';
import type { HtmlFile } from './html-file.js';
import { createPictureSheet } from './picture-sheet.js';

const SIMILARITY =
  'Similarity is the cosine of the query and the picture: it tells which picture on this page fits better, not how well one fits.';

/** Writes the contact sheet of a search of the index in `db`. */
export async function writeSearchPage(
  file: HtmlFile,
  rows: readonly SearchResult[],
  { title, db, ...places }: IndexedPlaces & { title: SearchTitle; db: string },
): Promise<void> {
  const isRanked = rows.some((row) => row.similarity !== null);
  const footer = `Made by labelwise from the index in ${db}.${isRanked ? ` ${SIMILARITY}` : ''}`;
  const sheet = await createPictureSheet(file, { ...title, footer }, places);
  for (const row of rows) {
    const facts = [
      row.similarity === null ? undefined : `similarity ${row.similarity.toFixed(4)}`,
      row.tagProbability === null ? undefined : `tag ${(100 * row.tagProbability).toFixed(1)} %`,
      describeFacts(row),
    ];
    await sheet.add({ path: row.path, alsoAt: row.alsoAt, facts: facts.filter((fact) => fact !== undefined && fact !== '') as string[] });
  }
  await sheet.end(rows.length === 0 ? title.note : undefined);
}
