import type {
  AddedImages,
  Corrected,
  Folders,
  ImageDetail,
  ImageList,
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
  readonly isRelevant: boolean;
  readonly order: 'desc' | 'asc';
}

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
  const { tag, folder, after, before, order } = query;
  const fields = cursor === null ? { tag, folder, after, before, order, topK: String(PAGE) } : { cursor, topK: String(PAGE) };
  const given = Object.entries(fields).filter(([, value]) => value !== '');
  return ask<Page>(`/v1/images?${new URLSearchParams(given)}`, { signal });
}

function toSearch({ words, similarTo, tag, folder, after, before, isRelevant }: LibraryQuery): SearchRequest {
  const query = [words.trim(), tag === '' ? '' : `tag:"${tag}"`].filter((part) => part !== '').join(' ');
  return {
    ...(query === '' ? {} : { query }),
    ...(similarTo === '' ? {} : { similarTo: [similarTo] }),
    ...Object.fromEntries(Object.entries({ folder, after, before }).filter(([, value]) => value !== '')),
    ...(isRelevant ? { relevant: true } : {}),
    topK: PAGE,
  };
}

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
