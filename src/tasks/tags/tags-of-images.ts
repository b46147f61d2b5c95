import { effectiveTags, type ImageTag } from '../../core/image-tags.js';
import { notIndexed, openCollection } from '../open-index.js';
import type { TaskOptions, Workspace } from '../workspace.js';

/** An indexed image with its tags, after corrections by hand. */
export interface TaggedImage {
  readonly path: string;
  readonly contentHash: string;
  readonly tags: readonly ImageTag[];
}

/** The tags of indexed images, by their absolute paths. @throws LabelwiseError `INPUT_NOT_FOUND` for the first that is not indexed, `INDEX_NOT_FOUND` */
export async function tagsOfImages(workspace: Workspace, paths: readonly string[], options: TaskOptions = {}): Promise<TaggedImage[]> {
  const hashes = new Map<string, string>();
  const wanted = new Set(paths);
  const collection = await openCollection(workspace, options);
  try {
    for await (const names of collection.names({ signal: options.signal }))
      for (const { path, contentHash } of names) if (wanted.has(path)) hashes.set(path, contentHash);
  } finally {
    collection.close();
  }
  const missing = paths.find((path) => !hashes.has(path));
  if (missing !== undefined) throw await notIndexed(workspace, [missing], missing);
  const { openTagDatabase } = await import('../../store/tag-database.js');
  const store = await openTagDatabase(await workspace.database());
  const [tags, corrections] = await Promise.all([store.tags([...hashes.values()]), store.corrections()]);
  return paths.map((path) => {
    const contentHash = hashes.get(path) as string;
    return { path, contentHash, tags: effectiveTags(tags.get(contentHash) ?? [], corrections.get(contentHash) ?? []) };
  });
}
