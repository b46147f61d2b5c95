import type {
  AddedImages,
  Corrected,
  Folders,
  ImageDetail,
  ImageList,
  RemovedImage,
  SearchRequest,
  SearchResult,
  TagCounts,
  UndoneCorrection,
} from '../../src/client/api.js';
import { toPlainRefusal } from './refusal.js';
import { ask } from './request.js';

/** What the gallery shows: everything, or what a search finds. */
export interface LibraryQuery {
  readonly words: string;
  readonly similarTo: string;
  readonly tag: string;
  readonly folder: string;
  readonly after: string;
  readonly before: string;
  readonly camera: string;
  /** A keyword that another program gave. */
  readonly keyword: string;
  /** At least so many stars, '1' to '5'. */
  readonly minRating: string;
  /** Degrees north and east, such as "48.1,11.6", and how near, such as "5km". */
  readonly near: string;
  readonly within: string;
  readonly isRelevant: boolean;
  readonly sort: Sort;
}

/** How the gallery is ordered; a search is by likeness unless it is by date. */
export type Sort = 'newest' | 'oldest' | 'added' | 'name';

const LIST_ORDER: Readonly<Record<Sort, Readonly<Record<string, string>>>> = {
  newest: {},
  oldest: { order: 'asc' },
  added: { sort: 'added' },
  name: { sort: 'name' },
};

/** A page of the list, or of a search. */
export type Page = Pick<ImageList, 'images' | 'nextCursor' | 'notes'> &
  Partial<Pick<ImageList, 'total'> & Pick<SearchResult, 'isNothingRelevant'>>;

const PAGE = 60;

export const isSearch = ({ words, similarTo }: LibraryQuery): boolean => words.trim() !== '' || similarTo !== '';

/** One page of the gallery; the next ones by the cursor of the one before. */
export function loadPage(query: LibraryQuery, cursor: string | null, signal: AbortSignal): Promise<Page> {
  if (isSearch(query)) {
    const json = cursor === null ? toSearch(query) : { cursor, topK: PAGE };
    return ask<Page>('/v1/search', { json, signal });
  }
  const { tag, keyword, minRating, sort } = query;
  const fields = cursor === null ? { tag, keyword, minRating, ...filtersOf(query), ...LIST_ORDER[sort] } : { cursor };
  const given = Object.entries({ ...fields, topK: String(PAGE) }).filter(([, value]) => value !== '');
  return ask<Page>(`/v1/images?${new URLSearchParams(given)}`, { signal });
}

/** The filters that lists and searches name alike. A distance counts beside a place alone. */
function filtersOf({ folder, after, before, camera, near, within }: LibraryQuery): Record<string, string> {
  const all = { folder, after, before, camera, near, within: near === '' ? '' : within };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

function toSearch(query: LibraryQuery): SearchRequest {
  const { words, similarTo, tag, keyword, minRating, isRelevant } = query;
  const text = [words.trim(), term('tag', tag), term('keyword', keyword)].filter((part) => part !== '').join(' ');
  return {
    ...(text === '' ? {} : { query: text }),
    ...(similarTo === '' ? {} : { similarTo: [similarTo] }),
    ...filtersOf(query),
    ...(minRating === '' ? {} : { minRating: Number(minRating) }),
    ...(isRelevant ? { relevant: true } : {}),
    topK: PAGE,
  };
}

const term = (kind: 'tag' | 'keyword', value: string): string => (value === '' ? '' : `${kind}:"${value.replaceAll('"', '')}"`);

export const loadImage = (id: string, signal: AbortSignal): Promise<ImageDetail> => ask(`/v1/images/${id}`, { signal });

export const changeTags = (
  id: string,
  change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
): Promise<Corrected> => ask(`/v1/images/${id}/tags`, { method: 'PATCH', json: change });

export const undoCorrection = (id: string, correction: string): Promise<UndoneCorrection> =>
  ask(`/v1/images/${id}/corrections/${encodeURIComponent(correction)}`, { method: 'DELETE' });

export type TagCount = TagCounts['tags'][number];

export const loadTags = async (signal: AbortSignal): Promise<readonly TagCount[]> => (await ask<TagCounts>('/v1/tags', { signal })).tags;

export type Folder = Folders['folders'][number];

export const loadFolders = async (signal: AbortSignal): Promise<readonly Folder[]> =>
  (await ask<Folders>('/v1/folders', { signal })).folders;

/** Adds a picture to the library; gives whether it is new there. @throws Refusal */
export async function addImage(picture: Blob): Promise<boolean> {
  const form = new FormData();
  form.append('image', picture);
  const [result] = (await ask<AddedImages>('/v1/images', { form })).results;
  if (result && 'error' in result) throw toPlainRefusal(422, result.error.code, result.error.message, result.error.hint);
  return result?.isNew === true;
}

/** Takes a picture out of the library. Only a file that was sent to the service is deleted. */
export const removeImage = (id: string): Promise<RemovedImage> => ask(`/v1/images/${id}`, { method: 'DELETE' });
