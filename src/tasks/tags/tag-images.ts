import { assertCount, assertWithin } from '../../core/assert-option.js';
import type { Collection } from '../../core/collection.js';
import { createCutBalancer } from '../../core/decisions/balance-cuts.js';
import type { LabelTest } from '../../core/decisions/several-labels.js';
import { toMatrix } from '../../core/matrix-product.js';
import { requireProbabilities, type Scoring } from '../../core/scoring.js';
import { addOffsets } from '../../core/similarities.js';
import { eachContent, type Tagger, type TagPassOptions, tagCollection } from '../../core/tag-collection.js';
import { tagDecision } from '../../core/tag-scoring.js';
import type { ZeroShotClassifier } from '../../core/zero-shot-classifier.js';
import { LabelwiseError } from '../../errors.js';
import { openCollection, openIndexEncoder, readIndexFacts, refuseOtherEncoder } from '../open-index.js';
import { openZeroShot, type ZeroShotRequest } from '../open-zero-shot.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { countByLabel, type LabelTags } from './count-by-label.js';
import { openLabelTest } from './open-label-test.js';
import { openScreen } from './screen-images.js';

export interface TagRequest extends Omit<ZeroShotRequest, 'none' | 'noneRate' | 'scoring'> {
  /** The name of the tag set. Its earlier tags are replaced. */
  readonly name: string;
  /** By default, each label is decided by itself, against everyday words. `softmax`: one label is right; `sigmoid`: as SigLIP was trained. */
  readonly scoring?: Scoring | undefined;
  /** The smallest probability of a tag; by default 0.8 if each label is decided against everyday words, else 0.5. */
  readonly minProbability?: number | undefined;
  /**
   * Balance precision and recall instead: each label has a cut of its own, which its probabilities over the whole index choose. More tags, and more
   * mistakes.
   */
  readonly balanced?: boolean | undefined;
  /** The largest number of tags per image; 5 by default. */
  readonly topK?: number | undefined;
  /** Store nothing: say what would be tagged. */
  readonly dryRun?: boolean | undefined;
  /** How many images are named for each label in `byLabel`; 3 by default. */
  readonly samples?: number | undefined;
}

export interface TagSummary {
  readonly name: string;
  readonly labels: number;
  readonly images: number;
  /** How many tags were stored, and for how many images. */
  readonly tags: number;
  readonly tagged: number;
  /** How many labels the set of this name had before, if they were different. */
  readonly replacedLabels: number | undefined;
  readonly model: string;
  /** Nothing was stored. */
  readonly isDryRun: boolean;
  /** The labels that fit an image, the most frequent first. */
  readonly byLabel: readonly LabelTags[];
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
  const { name, topK = 5, dryRun: isDryRun = false, samples = 3 } = request;
  assertCount('samples', samples, 0);
  assertWithin('minProbability', request.minProbability, { min: 0, max: 1 });
  refuseBoth(request);
  assertCount('topK', topK);
  const collection = await openCollection(workspace, options);
  try {
    const total = await collection.count();
    if (total === 0)
      throw new LabelwiseError('INPUT_NOT_FOUND', `There are no images in the index in ${workspace.settings.db}.`, {
        hint: 'Index some first: labelwise index FOLDER.',
      });
    const encoder = openIndexEncoder(workspace, await readIndexFacts(workspace), options);
    const isSeveral = request.scoring === undefined && (await encoder).info.scoring === 'softmax';
    const choice = isSeveral ? { ...request, isSeveral } : request;
    const { encoder: opened, zeroShot, examples } = await openZeroShot(workspace, choice, { ...options, encoder });
    const { info } = opened;
    refuseOtherEncoder(collection, info);
    const { classEmbeddings } = zeroShot;
    const scoring = isSeveral ? 'sigmoid' : zeroShot.scoring;
    if (request.balanced && !isSeveral) throw notBalanced();
    const { multiply } = await workspace.product();
    const pass = { multiply, signal: options.signal, onProgress: (done: number) => options.onProgress?.({ task: 'images', done, total }) };
    const limits = { minProbability: request.minProbability ?? (isSeveral ? 0.8 : 0.5), topK };
    const test = isSeveral ? await openLabelTest(workspace, { encoder: opened, zeroShot, examples, ...limits }, options) : undefined;
    const cuts = test && request.balanced ? await balanceCuts(collection, test, pass) : undefined;
    const minProbability = cuts ? cuts.reduce((a, b) => Math.min(a, b), 1) : limits.minProbability;
    const tagger: Tagger = test
      ? {
          columns: test.columns,
          takesCrops: true,
          screen: cuts ? undefined : openScreen(test),
          decide: (similarities) => test.decide(similarities, cuts),
        }
      : chooseAmongLabels(zeroShot, info.name, limits);
    const { tags, images } = await tagCollection(collection, classEmbeddings, { ...pass, tagger });
    const { openTagDatabase } = await import('../../store/tag-database.js');
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
    if (!isDryRun) await store.replace(facts, tags);
    const replacedLabels = before && before.labelSetFingerprint !== fingerprint ? before.labels : undefined;
    const tagged = new Set(tags.contentHashes).size;
    if (scoring === 'softmax' && labels.length <= FEW_LABELS && tagged >= images * NEARLY_ALL)
      (options.onWarning ?? workspace.warn)(
        `${tagged} of ${images} images ${isDryRun ? 'would get' : 'got'} a tag. Of ${labels.length} labels, one nearly always reaches a probability of ${minProbability}, even on images that show none of them. Add labels for what else the images show, or raise \`minProbability\`.`,
      );
    const byLabel = await countByLabel(collection, tags, { samples, signal: options.signal });
    const counts = { labels: labels.length, images, tags: tags.contentHashes.length, tagged };
    return { name, ...counts, replacedLabels, model: info.name, isDryRun, byLabel };
  } finally {
    collection.close();
  }
}

/** The cut of each label that its probabilities over the collection choose, in a pass of its own. [labels] */
async function balanceCuts(collection: Collection, test: LabelTest, pass: TagPassOptions): Promise<Float64Array> {
  const balancer = createCutBalancer(test.labels);
  await eachContent(collection, { ...pass, columns: test.columns, takesCrops: true }, (_, similarities) =>
    balancer.add(test.probabilitiesOf(similarities)),
  );
  return balancer.cuts();
}

function refuseBoth({ balanced, minProbability }: TagRequest): void {
  if (balanced && minProbability !== undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected one of `balanced` and `minProbability`, got both.');
}

const notBalanced = (): LabelwiseError =>
  new LabelwiseError('INVALID_ARGUMENT', '`balanced` needs labels that are each decided by itself, against everyday words.', {
    hint: 'Leave softmax and sigmoid out, and use a model that was trained for one label, such as CLIP.',
  });

/** What the tags of an image are, and how many of them. */
interface Limits {
  readonly minProbability: number;
  readonly topK: number;
}

function chooseAmongLabels({ classEmbeddings, rule }: ZeroShotClassifier, model: string, limits: Limits): Tagger {
  requireProbabilities(rule, model);
  const columns = toMatrix(classEmbeddings.vectors);
  const decide = tagDecision(columns.rows, { ...rule, ...limits });
  return { columns, decide: (similarities) => decide(addOffsets(similarities, classEmbeddings.offsets)) };
}
