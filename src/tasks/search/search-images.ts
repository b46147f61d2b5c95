import { stat } from 'node:fs/promises';
import { assertCount, assertWithin } from '../../core/assert-option.js';
import { formatCount } from '../../core/format-count.js';
import { parseSearch } from '../../core/parse-search.js';
import { LabelwiseError } from '../../errors.js';
import { toPathBytes } from '../../files/byte-path.js';
import type { FoundImageRow, ImageSearcher } from '../../store/search-images.js';
import { openIndexEncoder, readIndexFacts } from '../open-index.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { encodeQuery, type QueryParts } from './encode-query.js';
import { findTagged } from './find-tagged.js';
import { type Filter, type SearchFilters, toFilters, toWhere } from './search-filter.js';

/** What to search for. */
export interface SearchRequest extends QueryParts, SearchFilters {
  /** Words and tags, for example "on the beach tag:dog -tag:cat". */
  readonly query?: string | undefined;
  /** How many images are returned; 10 by default. */
  readonly topK?: number | undefined;
  /** Skip this many images. Pages never repeat or lose one. */
  readonly offset?: number | undefined;
  readonly minSimilarity?: number | undefined;
  /** Compare with every image even if there is a vector index. */
  readonly exact?: boolean | undefined;
}

/** An image that was found. */
export interface SearchResult {
  readonly rank: number;
  readonly path: string;
  /** null if the search has only tags and filters. */
  readonly similarity: number | null;
  /** The probability of the tag in the search, or of the least certain of several; null if a person added it, or without a tag. */
  readonly tagProbability: number | null;
  readonly contentHash: string;
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

export interface SearchResults {
  readonly images: readonly SearchResult[];
  /** Whether nothing stands out for the query. Without `relevant`, the nearest images would be returned. */
  readonly isNothingRelevant: boolean;
}

const DEFAULT_TOP_K = 10;

/**
 * Finds indexed images by words, by example images, by tags, by facts, or by all of them.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`, `INDEX_NOT_FOUND`, `INDEX_MISMATCH`, `INPUT_NOT_FOUND`, `STORE_FAILED`
 */
export async function searchImages(workspace: Workspace, request: SearchRequest, options: TaskOptions = {}): Promise<SearchResults> {
  const { query = '', topK = DEFAULT_TOP_K, offset = 0, minSimilarity } = request;
  assertCount('topK', topK);
  assertCount('offset', offset, 0);
  assertWithin('minSimilarity', minSimilarity, { min: -1, max: 1 });
  const terms = parseSearch(query);
  const filters = toFilters(request);
  const where = toWhere(filters);
  const tagged = await findTagged(workspace, terms, options);
  const texts = [terms.text, ...(request.texts ?? [])];
  if (texts.some((text) => text.trim() !== '')) await startEncoder(workspace, options);
  const { openImageSearcher } = await import('../../store/search-images.js');
  const searcher = await openImageSearcher(await workspace.database(), { onWarning: options.onWarning ?? workspace.warn });
  try {
    const encoded = await encodeQuery(workspace, { ...request, texts, searcher }, options);
    if (encoded === undefined && where === undefined && tagged === undefined) throw nothingAsked();
    if (encoded?.cut?.hasRelevant === false) return { images: [], isNothingRelevant: true };
    const found = await searcher.search({
      query: encoded?.query,
      where,
      contentHashes: tagged?.contentHashes,
      isWanted: tagged && ((hash) => tagged.has(hash)),
      rankOf: tagged && ((hash) => tagged.probabilityOf(hash) ?? 2), // by hand comes first, as in exports
      minSimilarity: Math.max(minSimilarity ?? -1.01, encoded?.cut?.minSimilarity ?? -1.01),
      limit: topK,
      offset,
      isExact: request.exact === true,
    });
    if (found.length === 0) for (const reason of await explainNothing(workspace, filters, searcher)) options.onNote?.(reason);
    for (const note of await countUndated(filters, searcher)) options.onNote?.(note);
    const shown = await Promise.all(found.map(namePresent));
    const images = shown.map((row, i) => toResult(row, offset + i + 1, tagged?.probabilityOf(row.content_hash)));
    return { images, isNothingRelevant: false };
  } finally {
    searcher.close();
  }
}

/** Begins to open the text side of the index's model, in its thread, while LanceDB is loaded in this one. What fails here fails again where it is used. */
async function startEncoder(workspace: Workspace, options: TaskOptions): Promise<void> {
  const { hasTable, readIndexFile } = await import('../../store/current-images.js');
  try {
    const database = await workspace.database();
    const file = await readIndexFile(database);
    if (!(await hasTable(database, file.table))) return;
    const encoder = await openIndexEncoder(workspace, file, options);
    encoder.encodeTexts([]).catch(() => {});
  } catch {
    // in the order of the search, so that a missing index is named before a missing model
  }
}

function toResult(row: FoundImageRow, rank: number, tagProbability: number | null = null): SearchResult {
  const { path, similarity = null, content_hash: contentHash, width, height, format, taken_at: takenAt, camera, latitude, longitude } = row;
  const facts = { contentHash, width, height, format, takenAt, camera, latitude, longitude };
  return { rank, path, similarity, tagProbability, ...facts, alsoAt: row.paths.slice(1) };
}

/** Names an image by a path that exists: of a renamed folder, the old path may still be in the index. */
async function namePresent<T extends { readonly path: string; readonly paths: readonly string[] }>(image: T): Promise<T> {
  if (image.paths.length === 1) return image;
  const exists = (path: string): Promise<boolean> =>
    stat(toPathBytes(path)).then(
      (stats) => stats.isFile(),
      () => false,
    );
  const present = (await Promise.all(image.paths.map(async (path) => ((await exists(path)) ? [path] : [])))).flat();
  return present[0] === undefined ? image : { ...image, path: present[0], paths: present };
}

/** Why filters leave no image: each that none passes by itself, with what the index holds instead. */
async function explainNothing(workspace: Workspace, filters: readonly Filter[], searcher: ImageSearcher): Promise<string[]> {
  const empty: Filter[] = [];
  for (const filter of filters) if ((await searcher.count(filter.sql)) === 0) empty.push(filter);
  const where = toWhere(filters);
  if (empty.length === 0)
    return where !== undefined && (await searcher.count(where)) === 0 ? ['No image in the index passes all the filters.'] : [];
  const holdsInstead = async ({ option }: Filter): Promise<string> => {
    if (option === 'in') return ` Its folders are: ${(await readIndexFacts(workspace)).roots.join(', ')}.`;
    if (option !== 'format') return '';
    return ` Its formats are: ${(await searcher.formats()).map(({ format, images }) => `${format} (${images})`).join(', ')}.`;
  };
  return Promise.all(
    empty.map(async (filter) => `No image in the index passes \`${filter.option}\` ${filter.value}.${await holdsInstead(filter)}`),
  );
}

/** Whether a condition reads the date, in a column's place rather than in a text. */
const readsDate = ({ option, sql }: Filter): boolean =>
  option === 'after' || option === 'before' || (option === 'where' && /\btaken_at\b/i.test(sql.replace(/'[^']*'/g, '')));

/** How many files pass all other filters, have no date, and so leave those of dates unknown: SQL counts that as false. */
async function countUndated(filters: readonly Filter[], searcher: ImageSearcher): Promise<string[]> {
  const dated = filters.filter(readsDate);
  if (dated.length === 0) return [];
  const unknown = [{ sql: 'taken_at IS NULL' }, { sql: `(${toWhere(dated)}) IS NULL` }];
  const undated = await searcher.count(toWhere([...filters.filter((filter) => !readsDate(filter)), ...unknown]) as string);
  const options = dated.map(({ option }) => `\`${option}\``).join(' and ');
  return undated === 0 ? [] : [`${options} ${dated.length === 1 ? 'leaves' : 'leave'} out ${formatCount(undated, 'file')} without a date.`];
}

const nothingAsked = (): LabelwiseError =>
  new LabelwiseError('INVALID_ARGUMENT', 'Expected words, `image`, `like`, a tag or a filter, got nothing to search for.', {
    hint: 'For example: labelwise search "a dog on the beach". A query that begins with "-" goes last, after "--": labelwise search -- "-tag:dog"',
  });
