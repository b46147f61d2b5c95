import { effectiveTags, type ImageTag } from '../../core/image-tags.js';
import { LabelwiseError } from '../../errors.js';
import type { TagDatabase } from '../../store/tag-database.js';

/** Which tags of which images an export takes. */
export interface TagChoice {
  /** The names of tag sets; all by default. Tags by hand belong to every choice. */
  readonly tags?: readonly string[] | undefined;
  /** Leave out tags that are less probable. Tags by hand have no probability and stay. */
  readonly minProbability?: number | undefined;
  /** Images in this folder alone, absolute. The sidecars of others are not touched. */
  readonly in?: string | undefined;
}

/** The tags of each image that the choice leaves, those by hand included. @throws LabelwiseError `TAG_SET_NOT_FOUND` */
export async function readTags(
  store: TagDatabase,
  { tags: names, minProbability = 0 }: TagChoice,
): Promise<(contentHash: string) => ImageTag[]> {
  await refuseUnknown(store, names ?? []);
  const [tags, corrections] = [await store.tags(), await store.corrections()];
  const isWanted = ({ labelSet, probability = 1 }: ImageTag): boolean =>
    (names === undefined || names.includes(labelSet ?? '')) && probability >= minProbability;
  return (contentHash) => effectiveTags((tags.get(contentHash) ?? []).filter(isWanted), corrections.get(contentHash) ?? []);
}

async function refuseUnknown(store: TagDatabase, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const known = (await store.sets()).map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new LabelwiseError('TAG_SET_NOT_FOUND', `There are no tags "${unknown}" in the database.`, {
    hint: known.length === 0 ? 'There are no tag sets: make one with "labelwise tag".' : `There are: ${known.join(', ')}.`,
  });
}
