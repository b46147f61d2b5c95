import { assertCount, assertWithin } from '../../core/assert-option.js';
import type { Embedding } from '../../core/embedding.js';
import type { SortKey } from '../../core/page-after.js';
import { pageAfter } from '../../core/page-after.js';
import { parseSearch } from '../../core/parse-search.js';
import { LabelwiseError } from '../../errors.js';
import type { FoundImageRow, ImageSearcher } from '../../store/search-images.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { encodeQuery } from './encode-query.js';
import { countUnknown, explainNothing } from './explain-filters.js';
import { findTagged, type TaggedImages } from './find-tagged.js';
import { COLUMNS_OF, keysOf } from './list-images.js';
import { toFilters, toWhere } from './search-filter.js';
import { dateOf, newestFirst, nothingAsked, nothingToCompare, refuseOldTable, type SearchRequest, startEncoder } from './search-images.js';
import { namePresent, type SearchResult, toResult } from './search-result.js';

/** Where a page of a search ends. It holds what the search looks in the direction of, so that every page looks in the same one. */
export interface SearchPosition {
  /** Undefined for a search that has only tags and filters. */
  readonly query: Embedding | undefined;
  /** The model that made the query. */
  readonly fingerprint: string;
  /** What `relevant` and `minSimilarity` let through. */
  readonly minSimilarity: number;
  readonly after: SortKey;
  /** How many images came before. */
  readonly seen: number;
}

export interface PageRequest extends Omit<SearchRequest, 'offset' | 'exact'> {
  /** The end of the page before; the first page by default. */
  readonly from?: SearchPosition | undefined;
}

export interface SearchPage {
  readonly images: readonly SearchResult[];
  readonly isNothingRelevant: boolean;
  /** Undefined at the end. */
  readonly next: SearchPosition | undefined;
}

/**
 * Finds images page by page, compared with every image of the index. An image that stays in the index is on exactly one page, whatever is
 * added or deleted between two pages.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`, `INDEX_NOT_FOUND`, `INDEX_MISMATCH`, `INPUT_NOT_FOUND`, `STORE_FAILED`
 */
export async function pageSearch(workspace: Workspace, request: PageRequest, options: TaskOptions = {}): Promise<SearchPage> {
  const { query: text = '', topK = 10, from } = request;
  assertCount('topK', topK);
  assertWithin('minSimilarity', request.minSimilarity, { min: -1, max: 1 });
  const terms = parseSearch(text);
  toFilters({ ...request, ...terms }); // refuses what is wrong before anything is opened
  const tagged = await findTagged(workspace, terms, options);
  const texts = [terms.text, ...(request.texts ?? [])];
  if (!from && texts.some((one) => one.trim() !== '')) await startEncoder(workspace, options);
  const { openImageSearcher } = await import('../../store/search-images.js');
  const searcher = await openImageSearcher(await workspace.database(), { onWarning: options.onWarning ?? workspace.warn });
  try {
    const filters = toFilters({ ...request, ...terms }, searcher.facts.schemaVersion);
    refuseOldTable(filters, searcher);
    const where = toWhere(filters);
    const direction = from ? resume(from, searcher) : await begin(workspace, { ...request, texts, searcher }, options);
    if (direction === 'irrelevant') return { images: [], isNothingRelevant: true, next: undefined };
    const { query, minSimilarity } = direction;
    if (query === undefined && where === undefined && tagged === undefined && request.sort !== 'date') throw nothingAsked();
    if (request.sort === 'similarity' && query === undefined) throw nothingToCompare();
    const seen = from?.seen ?? 0;
    const asked = { where, tagged, after: from?.after, count: topK + 1 };
    const isByDate = request.sort === 'date';
    const isWhole = isByDate && (query === undefined || minSimilarity > EVERYTHING); // without a cut, words find every image
    const find = isWhole ? newest : query ? nearest : inOrder;
    const found = await find(searcher, { ...asked, query: query as Embedding, minSimilarity, seen });
    if (!from && found.length === 0) for (const reason of await explainNothing(workspace, filters, searcher)) options.onNote?.(reason);
    if (!from) for (const note of await countUnknown(filters, searcher)) options.onNote?.(note);
    const shown = found.slice(0, topK);
    const rows = shown.map(({ row }) => row);
    const images = await Promise.all((isByDate && !isWhole ? newestFirst(rows, options) : rows).map(namePresent));
    const last = found.length > topK ? shown.at(-1) : undefined;
    return {
      images: images.map((row, i) => toResult(row, seen + i + 1, tagged?.probabilityOf(row.content_hash))),
      isNothingRelevant: false,
      next: last && { query, fingerprint: searcher.facts.encoder.fingerprint, minSimilarity, after: last.key, seen: seen + topK },
    };
  } finally {
    searcher.close();
  }
}

type Direction = Pick<SearchPosition, 'query' | 'minSimilarity'>;

async function begin(
  workspace: Workspace,
  request: PageRequest & { readonly searcher: ImageSearcher },
  options: TaskOptions,
): Promise<Direction | 'irrelevant'> {
  const encoded = await encodeQuery(workspace, request, options);
  if (encoded?.cut?.hasRelevant === false) return 'irrelevant';
  return { query: encoded?.query, minSimilarity: Math.max(request.minSimilarity ?? EVERYTHING, encoded?.cut?.minSimilarity ?? EVERYTHING) };
}

/** Below every similarity. */
const EVERYTHING = -1.01;

function resume({ query, minSimilarity, fingerprint }: SearchPosition, { facts }: ImageSearcher): Direction {
  if (facts.encoder.fingerprint === fingerprint) return { query, minSimilarity };
  throw new LabelwiseError('INDEX_MISMATCH', 'The index was made with another model since this search began.', {
    hint: 'Search again from the first page.',
  });
}

interface Asked {
  readonly where: string | undefined;
  readonly tagged: TaggedImages | undefined;
  readonly after: SortKey | undefined;
  readonly count: number;
}

/** A row with its place in the order. */
interface Placed {
  readonly row: FoundImageRow;
  readonly key: SortKey;
}

interface AskedNear extends Asked, Direction {
  readonly query: Embedding;
  readonly seen: number;
}

async function nearest(searcher: ImageSearcher, { where, tagged, after, count, ...rest }: AskedNear): Promise<Placed[]> {
  const rows = await searcher.page({
    ...rest,
    where,
    after,
    limit: count,
    contentHashes: tagged?.contentHashes,
    isWanted: tagged && ((hash) => tagged.has(hash)),
  });
  return rows.map((row) => ({ row, key: [row.similarity ?? 0, row.content_hash] }));
}

/** Images without a query: those whose tags are surest first, then by path. By hand comes first, as in exports. */
async function inOrder(searcher: ImageSearcher, { where, tagged, after, count }: Asked): Promise<Placed[]> {
  const paths = new Map<string, string>();
  const { hashes, columns } = await searcher.list(['path'], where);
  for (const [i, hash] of hashes.entries()) {
    if (tagged && !tagged.has(hash)) continue;
    const path = columns[0]?.[i] as string;
    const known = paths.get(hash);
    if (known === undefined || path < known) paths.set(hash, path);
  }
  const keyOf = ([hash, path]: readonly [string, string]): SortKey => [tagged?.probabilityOf(hash) ?? 2, path, hash];
  const page = pageAfter(paths, { keyOf, isDescending: [true], after, count });
  const rows = new Map(
    (
      await searcher.images(
        page.map(([hash]) => hash),
        where,
      )
    ).map((row) => [row.content_hash, row]),
  );
  return page.flatMap((entry) => {
    const row = rows.get(entry[0]);
    return row ? [{ row, key: keyOf(entry) }] : [];
  });
}

/** Images that pass, by their own dates, the newest first; those that have none come last. `query` only says which are near enough. */
async function newest(
  searcher: ImageSearcher,
  { where, tagged, after, count, query, minSimilarity }: Asked & Direction,
): Promise<Placed[]> {
  const isWanted = (hash: string): boolean => tagged?.has(hash) ?? true;
  const take = <T>(items: Iterable<T>, keyOf: (item: T) => SortKey): T[] =>
    pageAfter(items, { keyOf, isDescending: [false, true], after, count });
  if (query === undefined) {
    const keys = keysOf(await searcher.list(COLUMNS_OF.taken, where), { sort: 'taken', isWanted });
    const page = take(keys.values(), (key) => key);
    const rows = await searcher.images(page.map(hashOf), where);
    const rowOf = new Map(rows.map((row) => [row.content_hash, row]));
    return page.flatMap((key) => {
      const row = rowOf.get(hashOf(key));
      return row ? [{ row, key }] : [];
    });
  }
  const all = { query, minSimilarity, limit: Number.MAX_SAFE_INTEGER, offset: 0, isExact: true, rankOf: undefined };
  const rows = await searcher.search({ ...all, where, contentHashes: tagged?.contentHashes, isWanted: tagged && isWanted });
  const keyOf = (row: FoundImageRow): SortKey => [dateOf(row) === '' ? 1 : 0, dateOf(row), row.content_hash];
  return take(rows, keyOf).map((row) => ({ row, key: keyOf(row) }));
}

const hashOf = (key: SortKey): string => String(key[2]);
