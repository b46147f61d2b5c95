import { assertWithin } from '../core/assert-option.js';
import type { StoredImage } from '../core/collection.js';
import { dotProduct, type Embedding } from '../core/embedding.js';
import { sliceRows } from '../core/matrix-product.js';
import { findDuplicateGroups } from '../core/near-duplicates.js';
import { ownDate } from '../core/own-date.js';
import { throwIfAborted } from '../errors.js';
import { type PresentImage, type PresentImages, readPresent } from './read-present.js';
import type { TaskOptions, Workspace } from './workspace.js';

export const KEEP_RULE =
  'The first image of each group is the one to keep: it has the most pixels, then the most bytes, then it was taken first, then changed first.';

export interface Duplicate extends StoredImage {
  /** The cosine of this image and the one at `similarTo`. */
  readonly similarity: number;
  /** The path of the first image of the group; for the first, that of the image most similar to it. */
  readonly similarTo: string;
  /** Other names of the same file: it exists once. */
  readonly alsoAt: readonly string[];
}

/** Images that are alike, the one to keep first. */
export interface DuplicateGroup {
  readonly group: number;
  readonly images: readonly Duplicate[];
}

export interface DuplicatesRequest {
  /** The smallest cosine of two images that belong together; 0.95 by default. */
  readonly minSimilarity?: number | undefined;
}

/**
 * Groups indexed images that are nearly the same: two are of one group from a cosine of `minSimilarity` on, 0.95 by default. Files that no
 * longer exist are left out, and a link and its target are one file.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`, `INDEX_NOT_FOUND`, `ABORTED`
 */
export async function findDuplicates(
  workspace: Workspace,
  { minSimilarity = 0.95 }: DuplicatesRequest = {},
  options: TaskOptions = {},
): Promise<{ groups: DuplicateGroup[]; images: number }> {
  assertWithin('minSimilarity', minSimilarity, { min: -1, max: 1 });
  const told = { onWarning: workspace.warn, ...options };
  const present = await readPresent(workspace, {}, told);
  return { groups: await group(workspace, present, { minSimilarity, options: told }), images: present.images.length };
}

async function group(
  workspace: Workspace,
  { images, embeddings }: PresentImages,
  { minSimilarity, options }: { minSimilarity: number; options: TaskOptions },
): Promise<DuplicateGroup[]> {
  const { multiply } = await workspace.product();
  const groups = await findDuplicateGroups(embeddings, {
    minSimilarity,
    multiply,
    onProgress: (done, total) => {
      throwIfAborted(options.signal);
      options.onProgress?.({ task: 'pairs', done, total });
    },
  });
  return groups
    .map((members) =>
      toGroup(members.map(({ row }) => ({ image: images[row] as PresentImage, embedding: sliceRows(embeddings, row, row + 1).values }))),
    )
    .sort(([a], [b]) => ((a as Duplicate).path < (b as Duplicate).path ? -1 : 1))
    .map((alike, i) => ({ group: i + 1, images: alike }));
}

/** The best image first, and how similar the others are to it. */
function toGroup(members: readonly { readonly image: PresentImage; readonly embedding: Embedding }[]): Duplicate[] {
  const [first, ...others] = members.toSorted((a, b) => bestFirst(a.image, b.image)) as [(typeof members)[number], ...typeof members];
  const alike = others.map(({ image, embedding }) => ({
    ...image,
    similarity: Math.min(1, dotProduct(embedding, first.embedding)),
    similarTo: first.image.path,
  }));
  const nearest = alike.reduce((best, other) => (other.similarity > best.similarity ? other : best));
  return [{ ...first.image, similarity: nearest.similarity, similarTo: nearest.path }, ...alike];
}

/** The order of `KEEP_RULE`. */
function bestFirst(a: StoredImage, b: StoredImage): number {
  const bySize = b.width * b.height - a.width * a.height || b.sizeBytes - a.sizeBytes;
  const byDate = (ownDate(a) ?? '~').localeCompare(ownDate(b) ?? '~') || a.modifiedAtMs - b.modifiedAtMs;
  return bySize || byDate || (a.path < b.path ? -1 : 1);
}
