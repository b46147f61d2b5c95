import { assertCount } from '../../core/assert-option.js';
import type { TakenAtSource } from '../../core/collection.js';
import { ownDate } from '../../core/own-date.js';
import { pageAfter, type SortKey } from '../../core/page-after.js';
import { toTagName } from '../../core/parse-search.js';
import type { ListedFiles } from '../../store/search-images.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { countUnknown, explainNothing } from './explain-filters.js';
import { findTagged } from './find-tagged.js';
import { type KeywordFilters, type SearchFilters, toFilters, toWhere } from './search-filter.js';
import { refuseOldTable } from './search-images.js';
import { namePresent, type SearchResult, toResult } from './search-result.js';

/** Which images a list holds, and in which order. */
export interface ListRequest extends Omit<SearchFilters, 'where'>, KeywordFilters {
  readonly tags?: readonly string[] | undefined;
  readonly withoutTags?: readonly string[] | undefined;
  /** When it was taken, when it came into the index, or its file name. */
  readonly sort?: 'taken' | 'added' | 'name' | undefined;
  /** `desc` by default, and `asc` for names. Images without a date are last either way. */
  readonly order?: 'asc' | 'desc' | undefined;
  readonly topK?: number | undefined;
  /** The key of the last image of the page before. */
  readonly from?: SortKey | undefined;
}

export interface ImageList {
  readonly images: readonly SearchResult[];
  /** How many images pass the filters. */
  readonly total: number;
  /** The end of this page, for `from`; undefined where no other follows. */
  readonly next: SortKey | undefined;
}

/**
 * The images of the index, page by page. An image that stays as it is is on exactly one page, whatever comes or goes between two pages.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`, `INDEX_NOT_FOUND`, `STORE_FAILED`
 */
export async function listImages(workspace: Workspace, request: ListRequest, options: TaskOptions = {}): Promise<ImageList> {
  const { sort = 'taken', topK = 50, from } = request;
  assertCount('topK', topK);
  const isDescending = (request.order ?? (sort === 'name' ? 'asc' : 'desc')) === 'desc';
  toFilters(request); // refuses what is wrong before anything is opened
  const tags = (request.tags ?? []).map(toTagName);
  const withoutTags = (request.withoutTags ?? []).map(toTagName);
  const tagged = await findTagged(workspace, { tags, withoutTags }, options);
  const { openImageSearcher } = await import('../../store/search-images.js');
  const searcher = await openImageSearcher(await workspace.database(), { onWarning: options.onWarning ?? workspace.warn });
  try {
    const filters = toFilters(request, searcher.facts.schemaVersion);
    refuseOldTable(filters, searcher);
    const where = toWhere(filters);
    const keys = keysOf(await searcher.list(COLUMNS_OF[sort], where), { sort, isWanted: (hash) => tagged?.has(hash) ?? true });
    const page = pageAfter(keys.values(), {
      keyOf: (key) => key,
      isDescending: [false, isDescending],
      after: from,
      count: topK + 1,
    });
    if (from === undefined) {
      if (keys.size === 0) for (const reason of await explainNothing(workspace, filters, searcher)) options.onNote?.(reason);
      for (const note of await countUnknown(filters, searcher)) options.onNote?.(note);
    }
    const shown = page.slice(0, topK);
    const rows = new Map((await searcher.images(shown.map(hashOf))).map((row) => [row.content_hash, row]));
    const present = await Promise.all(shown.flatMap((key) => rows.get(hashOf(key)) ?? []).map(namePresent));
    return {
      images: present.map((row, i) => toResult(row, i + 1, tagged?.probabilityOf(row.content_hash))),
      total: keys.size,
      next: page.length > topK ? shown.at(-1) : undefined,
    };
  } finally {
    searcher.close();
  }
}

export const COLUMNS_OF = { taken: ['taken_at', 'taken_at_source'], added: ['added_at'], name: ['path'] } as const;

const hashOf = (key: SortKey): string => String(key[2]);

/** What each image is ordered by: whether it is missing, the value, the hash. Of several names of a picture, the first in order counts. */
export function keysOf(
  { hashes, columns: [texts = [], sources = []] }: ListedFiles,
  { sort, isWanted }: { sort: keyof typeof COLUMNS_OF; isWanted: (hash: string) => boolean },
): Map<string, SortKey> {
  const textOf = (i: number): string => {
    const text = texts[i] ?? '';
    if (sort === 'taken') return ownDate({ takenAt: texts[i] ?? null, takenAtSource: (sources[i] ?? null) as TakenAtSource }) ?? '';
    return sort === 'name' ? text.slice(text.search(/[^/\\]*$/)).toLowerCase() : text;
  };
  const keys = new Map<string, SortKey>();
  for (const [i, hash] of hashes.entries()) {
    if (!isWanted(hash)) continue;
    const value = textOf(i);
    const known = keys.get(hash)?.[1];
    if (!known || (value !== '' && value < known)) keys.set(hash, [value === '' ? 1 : 0, value, hash]);
  }
  return keys;
}
