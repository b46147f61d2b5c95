import { assertCount, assertWithin } from '../core/assert-option.js';
import { requireProbabilities } from '../core/scoring.js';
import { tagCollection } from '../core/tag-collection.js';
import { LabelwiseError } from '../errors.js';
import { openCollection, openIndexEncoder, readIndexFacts, refuseOtherEncoder } from './open-index.js';
import { openZeroShot, type ZeroShotRequest } from './open-zero-shot.js';
import type { TaskOptions, Workspace } from './workspace.js';

export interface TagRequest extends Omit<ZeroShotRequest, 'none' | 'noneRate'> {
  /** The name of the tag set; tags that it has are replaced. */
  readonly name: string;
  /** A label is given from this probability on; 0.5 by default. */
  readonly minProbability?: number | undefined;
  /** How many tags an image gets at most; 5 by default. */
  readonly topK?: number | undefined;
}

export interface TagSummary {
  readonly name: string;
  readonly labels: number;
  readonly images: number;
  /** How many tags were given, and to how many images. */
  readonly tags: number;
  readonly tagged: number;
  /** How many labels a set of this name had before, where they were others. */
  readonly replacedLabels: number | undefined;
  readonly model: string;
}

/** A softmax compares labels with each other alone: among so few, the best one is likely whatever an image shows. */
const FEW_LABELS = 10;
const NEARLY_ALL = 0.9;

/**
 * Tags all indexed images with the labels of a label set, from their stored embeddings. No image is read.
 *
 * @throws LabelwiseError `INDEX_NOT_FOUND`, `INPUT_NOT_FOUND` for an empty index, `INDEX_MISMATCH`, `LABEL_SET_INVALID`, `STORE_FAILED`
 */
export async function tagImages(workspace: Workspace, request: TagRequest, options: TaskOptions = {}): Promise<TagSummary> {
  const { name, minProbability = 0.5, topK = 5 } = request;
  assertWithin('minProbability', minProbability, { min: 0, max: 1 });
  assertCount('topK', topK);
  const collection = await openCollection(workspace, options);
  try {
    const total = await collection.count();
    if (total === 0)
      throw new LabelwiseError('INPUT_NOT_FOUND', `There are no images in the index in ${workspace.settings.db}.`, {
        hint: 'Index some first: labelwise index FOLDER.',
      });
    const encoder = openIndexEncoder(workspace, await readIndexFacts(workspace), options);
    const { encoder: opened, zeroShot } = await openZeroShot(workspace, request, { ...options, encoder, isForTexts: true });
    const { info } = opened;
    refuseOtherEncoder(collection, info);
    const { classEmbeddings, scoring } = zeroShot;
    requireProbabilities(zeroShot.rule, info.name);
    const { multiply } = await workspace.product();
    const { tags, images } = await tagCollection(collection, classEmbeddings, {
      rule: { ...zeroShot.rule, minProbability, topK },
      multiply,
      signal: options.signal,
      onProgress: (done) => options.onProgress?.({ task: 'images', done, total }),
    });
    const { openTagDatabase } = await import('../store/tag-database.js');
    const store = await openTagDatabase(await workspace.database());
    const { labels, fingerprint } = classEmbeddings.labelSet;
    const before = (await store.sets()).find((set) => set.name === name);
    const facts = {
      name,
      labelSetFingerprint: fingerprint,
      labels: labels.length,
      templates: [...classEmbeddings.templates],
      encoder: { name: info.name, fingerprint: info.fingerprint },
      scoring,
      minProbability,
      topK,
      images,
      createdAt: new Date().toISOString(),
    };
    await store.replace(facts, tags);
    const replacedLabels = before && before.labelSetFingerprint !== fingerprint ? before.labels : undefined;
    const tagged = new Set(tags.contentHashes).size;
    if (scoring === 'softmax' && labels.length <= FEW_LABELS && tagged >= images * NEARLY_ALL)
      (options.onWarning ?? workspace.warn)(
        `${tagged} of ${images} images got a tag. Of ${labels.length} labels, one nearly always reaches a probability of ${minProbability}, even on images that show none of them. Add labels for what else the images show, or raise \`minProbability\`.`,
      );
    return { name, labels: labels.length, images, tags: tags.contentHashes.length, tagged, replacedLabels, model: info.name };
  } finally {
    collection.close();
  }
}
