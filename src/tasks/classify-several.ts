import { assertWithin } from '../core/assert-option.js';
import { dotProduct, type Embedding } from '../core/embedding.js';
import type { Prediction } from '../core/zero-shot-classifier.js';
import { LabelwiseError } from '../errors.js';
import { type OpenedZeroShot, openZeroShot, type ZeroShotRequest } from './open-zero-shot.js';
import { openLabelTest } from './tags/open-label-test.js';
import type { TaskOptions, Workspace } from './workspace.js';

/** Any number of labels, each decided by itself. */
export interface SeveralAnswer {
  /** The likeliest first, shown or not. */
  readonly predictions: Prediction[];
  /** The labels that the image shows: those that are likely enough. */
  readonly shown: readonly string[];
}

export interface SeveralOptions {
  readonly topK?: number | undefined;
  /** The smallest probability of a label that is shown. By default 0.8, as for tags, or 0.5 with a model that was trained for several labels. */
  readonly minProbability?: number | undefined;
}

/** Labels that are each decided by itself, ready to be asked. */
export interface OpenedSeveral extends OpenedZeroShot {
  several(image: Embedding, options?: SeveralOptions): SeveralAnswer;
}

/**
 * Binds labels so that an image can show any number of them: against everyday words, as `tag` decides, or by the sigmoid of a model that was
 * trained with one.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT` beside `none` or `scoring`, and for labels that were taught with a sigmoid model
 */
export async function openSeveral(workspace: Workspace, request: ZeroShotRequest, options: TaskOptions = {}): Promise<OpenedSeveral> {
  const { scoring, none, noneRate } = request;
  const other = Object.entries({ scoring, none, noneRate }).find(([, value]) => value !== undefined)?.[0];
  if (other !== undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`multiple\` without \`${other}\`: each label is decided by itself.`);
  const opened = await openZeroShot(workspace, { ...request, isSeveral: true }, options);
  const { encoder, zeroShot } = opened;
  if (zeroShot.classEmbeddings.offsets !== undefined)
    throw new LabelwiseError(
      'INVALID_ARGUMENT',
      'Expected labels without examples for `multiple` and this model, got some that were taught.',
      {
        hint: 'Leave out `multiple`, or give the labels by themselves: examples are weighed for a choice of one label.',
      },
    );
  const isTrained = encoder.info.scoring === 'sigmoid';
  const rank = isTrained ? bySigmoid(opened) : await againstWords(workspace, opened, options);
  return {
    ...opened,
    several(image, { topK = 5, minProbability = isTrained ? 0.5 : 0.8 } = {}) {
      assertWithin('minProbability', minProbability, { min: 0, max: 1 });
      const all = rank(image);
      const shown = all.filter(({ probability }) => probability >= minProbability).map(({ label }) => label);
      return { predictions: all.slice(0, topK), shown };
    },
  };
}

type Rank = (image: Embedding) => Prediction[];

const bySigmoid =
  ({ zeroShot }: OpenedZeroShot): Rank =>
  (image) =>
    zeroShot.classify(image, zeroShot.classEmbeddings.labelSet.labels.length);

async function againstWords(workspace: Workspace, { encoder, zeroShot, examples }: OpenedZeroShot, options: TaskOptions): Promise<Rank> {
  const { labels } = zeroShot.classEmbeddings.labelSet;
  const { columns, decide } = await openLabelTest(
    workspace,
    { encoder, zeroShot, examples, minProbability: 0, topK: labels.length },
    options,
  );
  const { rows, dimension, values } = columns;
  return (image) => {
    const row = Float32Array.from({ length: rows }, (_, i) => dotProduct(image, values.subarray(i * dimension, (i + 1) * dimension)));
    return decide(row).map(({ label, probability, similarity }) => {
      const { name } = labels[label] as { name: string };
      return { label: name, similarity, distance: 1 - similarity, logit: zeroShot.rule.logitScale * similarity, probability };
    });
  };
}
