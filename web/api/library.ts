import { toPlainRefusal } from './refusal.js';
import { ask } from './request.js';

export interface LibraryImage {
  readonly id: string;
  readonly name: string;
  readonly folder: string | null;
  readonly similarity?: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly format: string | null;
  readonly takenAt: string | null;
  readonly camera: string | null;
}

export interface Tag {
  readonly tag: string;
  /** null where a person added it. */
  readonly probability: number | null;
}

export interface Correction {
  readonly id: string;
  readonly tag: string;
  readonly change: 'added' | 'removed';
}

export interface ImageDetail extends LibraryImage {
  readonly sizeBytes: number;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly names: readonly { readonly name: string; readonly folder: string | null }[];
  readonly tags: readonly Tag[];
  readonly corrections: readonly Correction[];
}

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

export interface Page {
  readonly images: readonly LibraryImage[];
  readonly total?: number;
  readonly nextCursor: string | null;
  readonly notes: readonly string[];
  readonly isNothingRelevant?: boolean;
}

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

function toSearch({ words, similarTo, tag, folder, after, before, isRelevant }: LibraryQuery) {
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

export interface Corrected {
  readonly tags: readonly Tag[];
  readonly corrections: readonly Correction[];
}

export const changeTags = (
  id: string,
  change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
): Promise<Corrected> => ask(`/v1/images/${id}/tags`, { method: 'PATCH', json: change });

export const undoCorrection = (id: string, correction: string): Promise<{ readonly tags: readonly Tag[] }> =>
  ask(`/v1/images/${id}/corrections/${encodeURIComponent(correction)}`, { method: 'DELETE' });

export interface TagCount {
  readonly tag: string;
  readonly images: number;
}

export const loadTags = async (signal: AbortSignal): Promise<readonly TagCount[]> =>
  (await ask<{ tags: TagCount[] }>('/v1/tags', { signal })).tags;

export interface Folder {
  readonly name: string;
  readonly canBeIndexed: boolean;
}

export const loadFolders = async (signal: AbortSignal): Promise<readonly Folder[]> =>
  (await ask<{ folders: Folder[] }>('/v1/folders', { signal })).folders;

interface Added {
  readonly isNew?: boolean;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** Adds a picture to the library; gives whether it is new there. @throws Refusal */
export async function addImage(picture: Blob): Promise<boolean> {
  const form = new FormData();
  form.append('image', picture);
  const [result] = (await ask<{ results: Added[] }>('/v1/images', { form })).results;
  if (result?.error) throw toPlainRefusal(422, result.error.code, result.error.message, result.error.hint);
  return result?.isNew === true;
}
