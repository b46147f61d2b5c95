import { assertCount, assertWithin } from '../../core/assert-option.js';
import type { TakenAtSource } from '../../core/collection.js';
import { formatCount } from '../../core/format-count.js';
import { ownDate } from '../../core/own-date.js';
import { parseSearch } from '../../core/parse-search.js';
import { LabelwiseError } from '../../errors.js';
import type { FoundImageRow, ImageSearcher } from '../../store/search-images.js';
import { openIndexEncoder } from '../open-index.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { encodeQuery, type QueryParts } from './encode-query.js';
import { countUnknown, explainNothing } from './explain-filters.js';
import { findTagged } from './find-tagged.js';
import { type Filter, LATER_FILTERS, type SearchFilters, toFilters, toWhere } from './search-filter.js';
import { namePresent, type SearchResult, toResult } from './search-result.js';

export type { SearchResult };

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
  /** `similarity` is the default with words and pictures. `date`: of what is found, the newest first. */
  readonly sort?: 'similarity' | 'date' | undefined;
}

export interface SearchResults {
  readonly images: readonly SearchResult[];
  /** Whether nothing stands out for the query. Without `relevant`, the nearest images would be returned. */
  readonly isNothingRelevant: boolean;
  /** Whether only a part of the images was compared, by a vector index or by cells. Some of the nearest may then be missing; `exact` finds them. */
  readonly isApproximate: boolean;
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
  toFilters({ ...request, ...terms }); // refuses what is wrong before anything is opened
  const tagged = await findTagged(workspace, terms, options);
  const texts = [terms.text, ...(request.texts ?? [])];
  if (texts.some((text) => text.trim() !== '')) await startEncoder(workspace, options);
  const { openImageSearcher } = await import('../../store/search-images.js');
  let isApproximate = false;
  const searcher = await openImageSearcher(await workspace.database(), {
    onWarning: options.onWarning ?? workspace.warn,
    onApproximate: () => {
      isApproximate = true;
    },
  });
  try {
    const filters = toFilters({ ...request, ...terms }, searcher.facts.schemaVersion);
    refuseOldTable(filters, searcher);
    const where = toWhere(filters);
    const encoded = await encodeQuery(workspace, { ...request, texts, searcher }, options);
    if (encoded === undefined && where === undefined && tagged === undefined && request.sort !== 'date') throw nothingAsked();
    if (request.sort === 'similarity' && encoded === undefined) throw nothingToCompare();
    if (encoded?.cut?.hasRelevant === false) return { images: [], isNothingRelevant: true, isApproximate };
    const byDate = request.sort === 'date';
    const isWhole = byDate && (encoded === undefined || encoded.cut !== undefined || minSimilarity !== undefined);
    const all = await searcher.search({
      query: encoded?.query,
      where,
      contentHashes: tagged?.contentHashes,
      isWanted: tagged && ((hash) => tagged.has(hash)),
      rankOf: tagged && ((hash) => tagged.probabilityOf(hash) ?? 2), // by hand comes first, as in exports
      minSimilarity: Math.max(minSimilarity ?? -1.01, encoded?.cut?.minSimilarity ?? -1.01),
      limit: isWhole ? Number.MAX_SAFE_INTEGER : topK,
      offset: isWhole ? 0 : offset,
      isExact: request.exact === true,
    });
    const inOrder = byDate ? newestFirst(all, options) : all;
    const found = isWhole ? inOrder.slice(offset, offset + topK) : inOrder;
    if (found.length === 0) for (const reason of await explainNothing(workspace, filters, searcher)) options.onNote?.(reason);
    for (const note of await countUnknown(filters, searcher)) options.onNote?.(note);
    const shown = await Promise.all(found.map(namePresent));
    const images = shown.map((row, i) => toResult(row, offset + i + 1, tagged?.probabilityOf(row.content_hash)));
    if (isApproximate) options.onNote?.(APPROXIMATE);
    return { images, isNothingRelevant: false, isApproximate };
  } finally {
    searcher.close();
  }
}

const APPROXIMATE = 'Only a part of the images was compared, so a few of the nearest may be missing. `exact` compares with all.';

/** Begins to open the text side of the index's model, in its thread, while LanceDB is loaded in this one. What fails here fails again where it is used. */
export async function startEncoder(workspace: Workspace, options: TaskOptions): Promise<void> {
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

/** When the photo was taken, as far as it says so itself; '' where it does not. */
export const dateOf = ({ taken_at: takenAt, taken_at_source: source }: FoundImageRow): string =>
  ownDate({ takenAt, takenAtSource: source as TakenAtSource }) ?? '';

/** By their own dates, the newest first; those that have none come last. */
export function newestFirst(images: readonly FoundImageRow[], { onNote }: TaskOptions): FoundImageRow[] {
  const undated = images.filter((image) => dateOf(image) === '').length;
  if (undated > 0) onNote?.(`${formatCount(undated, 'image')} of ${images.length} without a date of their own: they come last.`);
  const compare = (a: string, b: string): number => (a > b ? -1 : a < b ? 1 : 0);
  return images.toSorted((a, b) => compare(dateOf(a), dateOf(b)) || compare(a.taken_at ?? '', b.taken_at ?? '') || compare(b.path, a.path));
}

/** An index that an earlier version wrote has no keywords. @throws LabelwiseError `INDEX_MISMATCH` */
export function refuseOldTable(filters: readonly Filter[], { facts }: ImageSearcher): void {
  const later = filters.find(({ option }) => LATER_FILTERS.includes(option));
  if (later === undefined || facts.schemaVersion >= 3) return;
  throw new LabelwiseError(
    'INDEX_MISMATCH',
    'The index is of an earlier version of labelwise, which read no keywords, ratings and titles.',
    {
      hint: 'Run "labelwise index" once: it reads them, without encoding a picture again.',
    },
  );
}

export const nothingToCompare = (): LabelwiseError =>
  new LabelwiseError('INVALID_ARGUMENT', 'Expected words or an image to sort by similarity to, got only tags and filters.', {
    hint: 'Sort them by date, or leave out `sort`.',
  });

export const nothingAsked = (): LabelwiseError =>
  new LabelwiseError('INVALID_ARGUMENT', 'Expected words, `image`, `like`, a tag or a filter, got nothing to search for.', {
    hint: 'For example: labelwise search "a dog on the beach". A query that begins with "-" goes last, after "--": labelwise search -- "-tag:dog"',
  });
