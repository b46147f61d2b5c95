import { assertCount } from '../../core/assert-option.js';
import type { TakenAtSource } from '../../core/collection.js';
import { ownDate } from '../../core/own-date.js';
import { pageAfter, type SortKey } from '../../core/page-after.js';
import { toTagName } from '../../core/parse-search.js';
import type { ListedRow } from '../../store/search-images.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { countUnknown, explainNothing } from './explain-filters.js';
import { findTagged } from './find-tagged.js';
import { type SearchFilters, toFilters, toWhere } from './search-filter.js';
import { refuseOldTable } from './search-images.js';
import { namePresent, type SearchResult, toResult } from './search-result.js';

/** Which images a list holds, and in which order. */
export interface ListRequest extends Omit<SearchFilters, 'where'> {
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
    const files = (await searcher.list(where)).filter(({ content_hash: hash }) => hash !== null && (tagged?.has(hash) ?? true));
    const keys = keysOf(files, sort);
    const page = pageAfter([...keys], {
      keyOf: ([, key]) => key,
      isDescending: [false, isDescending],
      after: from,
      count: topK + 1,
    });
    if (from === undefined) {
      if (keys.size === 0) for (const reason of await explainNothing(workspace, filters, searcher)) options.onNote?.(reason);
      for (const note of await countUnknown(filters, searcher)) options.onNote?.(note);
    }
    const shown = page.slice(0, topK);
    const rows = new Map((await searcher.images(shown.map(([hash]) => hash))).map((row) => [row.content_hash, row]));
    const present = await Promise.all(shown.flatMap(([hash]) => rows.get(hash) ?? []).map(namePresent));
    return {
      images: present.map((row, i) => toResult(row, i + 1, tagged?.probabilityOf(row.content_hash))),
      total: keys.size,
      next: page.length > topK ? shown.at(-1)?.[1] : undefined,
    };
  } finally {
    searcher.close();
  }
}

/** What each image is ordered by: whether it is missing, the value, the hash. Of several names of a picture, the first in order counts. */
function keysOf(files: readonly ListedRow[], sort: NonNullable<ListRequest['sort']>): Map<string, SortKey> {
  const keyOf = ({ taken_at: takenAt, taken_at_source: source, added_at: added, path }: ListedRow): string =>
    sort === 'taken'
      ? (ownDate({ takenAt, takenAtSource: source as TakenAtSource }) ?? '')
      : sort === 'added'
        ? added
        : path.slice(path.search(/[^/\\]*$/)).toLowerCase();
  const keys = new Map<string, SortKey>();
  for (const file of files) {
    const hash = file.content_hash as string;
    const value = keyOf(file);
    const known = keys.get(hash)?.[1];
    if (known === undefined || value < known) keys.set(hash, [value === '' ? 1 : 0, value, hash]);
  }
  return keys;
}
