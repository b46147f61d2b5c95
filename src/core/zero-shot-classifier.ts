import { LabelwiseError } from '../errors.js';
import { dotProduct, type Embedding } from './embedding.js';
import type { LabelSet } from './label-set.js';
import type { ClassEmbeddings, EncoderInfo } from './ports.js';
import { probabilityScale, ruleOf, type Scoring, type ScoringRule, toLogits, toProbabilities } from './scoring.js';
import { topK } from './top-k.js';

/** How one label fits one image. */
export interface Prediction {
  readonly label: string;
  /** Cosine of the image's embedding and the class embedding. */
  readonly similarity: number;
  /** 1 - similarity: LanceDB's cosine distance. */
  readonly distance: number;
  /** NaN, null in JSON, where the bias of a sigmoid model is unknown; so is the probability. */
  readonly logit: number;
  /** Over all labels, however many predictions are kept; calibrated where the model has a calibration. */
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
}

/**
 * Binds class embeddings to a scoring rule. With an encoder's info as the rule, probabilities are calibrated as they are for its templates.
 *
 * @throws LabelwiseError `LABEL_SET_INVALID` for a softmax over one label, whose answer is always 100 %
 */
export function createZeroShotClassifier(
  classEmbeddings: ClassEmbeddings,
  given: ScoringRule & Partial<Pick<EncoderInfo, 'calibrations'>>,
): ZeroShotClassifier {
  const { labelSet, vectors } = classEmbeddings;
  const rule = ruleOf(given, given.scoring, classEmbeddings);
  refuseLoneLabel(labelSet, rule.scoring);
  const isSoftmaxAlone = rule.scoring === 'softmax' && Number.isNaN(rule.logitBias); // the bias cancels out
  const scale = rule.calibration?.[rule.scoring] && probabilityScale(rule, vectors.length);
  return {
    classEmbeddings,
    scoring: rule.scoring,
    rule,
    classify(image, k = 5) {
      const similarities = Float32Array.from(vectors, (vector) => dotProduct(image, vector)); // [labels]
      const logits = toLogits(similarities, isSoftmaxAlone ? { ...rule, logitBias: 0 } : rule);
      const probabilities = toProbabilities(scale ? similarities.map(scale.toLogit) : logits, rule.scoring);
      return topK(similarities, k).map((i) => ({
        label: (labelSet.labels[i] as { name: string }).name,
        similarity: similarities[i] as number,
        distance: 1 - (similarities[i] as number),
        logit: logits[i] as number,
        probability: probabilities[i] as number,
      }));
    },
  };
}

/** @throws LabelwiseError `LABEL_SET_INVALID` for one label under softmax: call it before work is spent on its prompts */
export function refuseLoneLabel(labelSet: LabelSet, scoring: Scoring): void {
  if (scoring === 'sigmoid' || labelSet.labels.length > 1) return;
  throw new LabelwiseError(
    'LABEL_SET_INVALID',
    `Expected at least two labels, got one ("${labelSet.labels[0]?.name}"): alone it is always 100 %.`,
    {
      hint: 'Add what else the image could show, for example "something else".',
    },
  );
}
