import { LabelwiseError } from '../errors.js';
import { ancestorsOf, descend, type LabelTree, sumUp, treeOf } from './decisions/label-tree.js';
import { evidenceOf, evidenceScale, type NoneAnswer, noneProbability, PLAIN, setAgainst } from './decisions/none-of-these.js';
import type { Embedding } from './embedding.js';
import type { LabelSet } from './label-set.js';
import type { ClassEmbeddings, EncoderInfo } from './ports.js';
import { probabilityScale, ruleOf, type Scoring, type ScoringRule, toLogits, toProbabilities } from './scoring.js';
import { similaritiesOf } from './similarities.js';
import { topK } from './top-k.js';

/** How one label fits one image. */
export interface Prediction {
  readonly label: string;
  /** Cosine of the image's embedding and the class embedding; where the label set was taught, with what its examples add. */
  readonly similarity: number;
  /** 1 - similarity: LanceDB's cosine distance. */
  readonly distance: number;
  /** NaN (null in JSON) if the bias of a sigmoid model is unknown. The probability is then NaN, too. */
  readonly logit: number;
  /** The probability over all labels, not only over the predictions that are kept; calibrated if the model has a calibration. */
  readonly probability: number;
}

/** Class embeddings with the rule that scores images against them. */
export interface ZeroShotClassifier {
  readonly classEmbeddings: ClassEmbeddings;
  readonly scoring: Scoring;
  /** What it scores by, with the calibration of the checkpoint for these templates. */
  readonly rule: ScoringRule;
  /** The `topK` best labels of an image, best first, ties in label order. */
  classify(image: Embedding, topK?: number): Prediction[];
  /** The same with whether it shows any of them, where the classifier has words for everything else. */
  answer(image: Embedding, topK?: number): Answer;
}

/** What one image shows: labels, or none of them. */
export interface Answer {
  readonly predictions: Prediction[];
  /** With a tree of labels: the most precise label that is likely, after those above it. */
  readonly levels?: readonly string[];
  /** Undefined where "none of these" was not allowed as an answer. */
  readonly none?: NoneAnswer;
}

/** Allows the answer "none of these". */
export interface NoneOption {
  /** Words for everything else that images show. */
  readonly background: readonly Embedding[];
  /** The places of those that can speak against the labels; by default all of them. */
  readonly against?: readonly number[] | undefined;
  /** The largest probability of "none of these" that still leaves a label as the answer; 0.5 by default. */
  readonly noneRate?: number | undefined;
}

/**
 * Binds class embeddings to a scoring rule. With an encoder's info as the rule, probabilities are calibrated as they are for its templates.
 *
 * @param none words that allow the answer "none of these"; `several` where each label is decided by itself
 * @throws LabelwiseError `LABEL_SET_INVALID` for a softmax over one label, whose answer is always 100 %, unless it may be none
 */
export function createZeroShotClassifier(
  classEmbeddings: ClassEmbeddings,
  given: ScoringRule & Partial<Pick<EncoderInfo, 'calibrations'>>,
  none?: NoneOption | 'several',
): ZeroShotClassifier {
  const { labelSet, vectors } = classEmbeddings;
  const rule = ruleOf(given, given.scoring, classEmbeddings);
  refuseLoneLabel(labelSet, rule.scoring, none !== undefined);
  const isSoftmaxAlone = rule.scoring === 'softmax' && Number.isNaN(rule.logitBias); // the bias cancels out
  const isCalibrated = rule.calibration?.[rule.scoring] !== undefined;
  const findNone = typeof none === 'object' ? createNoneTest(vectors, rule, none) : undefined;
  const tree = rule.scoring === 'softmax' ? treeOf(labelSet.labels) : undefined;
  const nameOf = (label: number): string => (labelSet.labels[label] as { name: string }).name;
  const answer = (image: Embedding, k = 5): Answer => {
    const similarities = similaritiesOf(image, classEmbeddings); // [labels]
    const logits = toLogits(similarities, isSoftmaxAlone ? { ...rule, logitBias: 0 } : rule);
    const probabilities = toProbabilities(
      isCalibrated ? similarities.map(probabilityScale(rule, similarities).toLogit) : logits,
      rule.scoring,
    );
    const found = findNone?.(image);
    const share = 1 - (found?.probability ?? 0);
    const sums = tree ? sumUp(tree, probabilities) : probabilities;
    const predictions = topK(tree ? Float32Array.from(sums) : similarities, k).map((i) => ({
      label: nameOf(i),
      similarity: similarities[i] as number,
      distance: 1 - (similarities[i] as number),
      logit: logits[i] as number,
      probability: share * (sums[i] as number),
    }));
    const levels = tree && pathTo(tree, descend(tree, sums as Float64Array, 0.5 / share)).map(nameOf);
    return { predictions, ...(levels ? { levels } : {}), ...(found ? { none: found } : {}) };
  };
  return { classEmbeddings, scoring: rule.scoring, rule, answer, classify: (image, k) => answer(image, k).predictions };
}

const pathTo = ({ parents }: LabelTree, label: number): number[] => [label, ...ancestorsOf(parents, label)].reverse();

/** Says how likely an image shows none of the labels. */
function createNoneTest(vectors: readonly Embedding[], rule: ScoringRule, { background, against, noneRate = 0.5 }: NoneOption) {
  if (rule.scoring === 'sigmoid')
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected one of `none` and the scoring sigmoid, got both.', {
      hint: 'With sigmoid, each label has a probability of its own: an image shows none of them where all are small.',
    });
  const opponents = setAgainst(vectors, background, against);
  const none = rule.calibration?.none ?? PLAIN;
  return (image: Embedding): NoneAnswer => {
    const probability = noneProbability(evidenceOf(image, opponents, evidenceScale(rule)), none);
    return { probability, isNone: probability > noneRate };
  };
}

/** @throws LabelwiseError `LABEL_SET_INVALID` for one label under softmax: call it before work is spent on its prompts */
export function refuseLoneLabel(labelSet: LabelSet, scoring: Scoring, mayBeNone = false): void {
  if (scoring === 'sigmoid' || mayBeNone || labelSet.labels.length > 1) return;
  throw new LabelwiseError(
    'LABEL_SET_INVALID',
    `Expected at least two labels, got one ("${labelSet.labels[0]?.name}"): alone it is always 100 %.`,
    {
      hint: 'Add what else the image could show, or allow the answer "none of these" with `none`.',
    },
  );
}
