import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { effectiveTags, type ImageTag } from '../../core/image-tags.js';
import { LabelwiseError } from '../../errors.js';
import { readIndexed } from '../../ingest/indexed-source.js';
import type { FoundImageRow } from '../../store/search-images.js';
import type { StoredCorrection } from '../../store/tag-table-schema.js';
import type { TaskOptions, Workspace } from '../workspace.js';

/** An image of the index with all its names. @throws LabelwiseError `INPUT_NOT_FOUND`, `INDEX_NOT_FOUND` */
export async function findImage(
  workspace: Workspace,
  id: string,
  { onWarning = workspace.warn }: TaskOptions = {},
): Promise<FoundImageRow> {
  const { openImageSearcher } = await import('../../store/search-images.js');
  const searcher = await openImageSearcher(await workspace.database(), { onWarning });
  try {
    const hash = (await searcher.find(id))?.content_hash;
    const [image] = hash ? await searcher.images([hash]) : [];
    if (image) return image;
    throw new LabelwiseError('INPUT_NOT_FOUND', `There is no image ${id} in the library.`);
  } finally {
    searcher.close();
  }
}

/** An image's tags after corrections, and the corrections. */
export interface TagsOfImage {
  readonly tags: readonly ImageTag[];
  readonly corrections: readonly StoredCorrection[];
}

export async function readTags(workspace: Workspace, contentHash: string): Promise<TagsOfImage> {
  const { openTagDatabase } = await import('../../store/tag-database.js');
  const store = await openTagDatabase(await workspace.database());
  const corrections = (await store.correctionRows()).filter((row) => row.contentHash === contentHash);
  return { tags: effectiveTags((await store.tags([contentHash])).get(contentHash) ?? [], corrections), corrections };
}

/** A tag with the number of images that have it. */
export interface TagCount {
  readonly tag: string;
  readonly images: number;
}

/** The tags of all indexed images after corrections, the most frequent first. */
export async function countTags(workspace: Workspace, { onWarning = workspace.warn }: TaskOptions = {}): Promise<TagCount[]> {
  const { openImageSearcher } = await import('../../store/search-images.js');
  const { openTagDatabase } = await import('../../store/tag-database.js');
  const database = await workspace.database();
  const searcher = await openImageSearcher(database, { onWarning });
  const hashes = new Set((await searcher.list([]).finally(() => searcher.close())).hashes);
  const store = await openTagDatabase(database);
  const [tags, corrections] = [await store.tags(), await store.corrections()];
  const counts = new Map<string, number>();
  for (const hash of hashes)
    for (const { label } of effectiveTags(tags.get(hash) ?? [], corrections.get(hash) ?? []))
      counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].map(([tag, images]) => ({ tag, images })).sort((a, b) => b.images - a.images || (a.tag < b.tag ? -1 : 1));
}

/** The bytes of an image of the index, by the first of its names that still holds them. @throws LabelwiseError `INPUT_NOT_FOUND` */
export async function readImageOf(
  workspace: Workspace,
  id: string,
  options: TaskOptions = {},
): Promise<{ name: string; bytes: Uint8Array }> {
  const { paths, content_hash: contentHash } = await findImage(workspace, id, options);
  const { limits } = await workspace.encoder({}, options);
  const places = { cwd: workspace.settings.cwd, limits, sources: () => workspace.sources() };
  for (const path of paths) {
    const bytes = await readIndexed(path, places, options.signal).catch(() => undefined);
    if (bytes && createHash('sha256').update(bytes).digest('hex') === contentHash) return { name: basename(path), bytes };
  }
  throw new LabelwiseError('INPUT_NOT_FOUND', `The file of image ${id} is not there any more, or has changed.`, {
    hint: 'Bring its folder up to date.',
  });
}
