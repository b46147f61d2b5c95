import { LabelwiseError } from '../errors.js';
import type { Embedding } from './embedding.js';
import type { LabelSet } from './label-set.js';
import type { ClassEmbeddings } from './ports.js';
import { type Scoring, type ScoringRule, toLogits, toProbabilities } from './scoring.js';
import { similaritiesOf } from './similarities.js';
import { topK } from './top-k.js';

/** How one label fits one image. */
export interface Prediction {
  readonly label: string;
  /** Cosine of the image's embedding and the class embedding; where the label set was taught, with what its examples add. */
  readonly similarity: number;
  /** 1 - similarity: LanceDB's cosine distance. */
  readonly distance: number;
  /** NaN, null in JSON, where the bias of a sigmoid model is unknown; so is the probability. */
  readonly logit: number;
  /** Over all labels, however many predictions are kept. */
  readonly probability: number;
}

/** Class embeddings with the rule that scores images against them. */
export interface ZeroShotClassifier {
  readonly classEmbeddings: ClassEmbeddings;
  readonly scoring: Scoring;
  /** The `topK` best labels of an image, best first, ties in label order. */
  classify(image: Embedding, topK?: number): Prediction[];
}

/**
 * Binds class embeddings to a scoring rule.
 *
 * @throws LabelwiseError `LABEL_SET_INVALID` for a softmax over one label, whose answer is always 100 %
 */
export function createZeroShotClassifier(classEmbeddings: ClassEmbeddings, rule: ScoringRule): ZeroShotClassifier {
  const { labelSet } = classEmbeddings;
  refuseLoneLabel(labelSet, rule.scoring);
  const isSoftmaxAlone = rule.scoring === 'softmax' && Number.isNaN(rule.logitBias); // the bias cancels out
  return {
    classEmbeddings,
    scoring: rule.scoring,
    classify(image, k = 5) {
      const similarities = similaritiesOf(image, classEmbeddings); // [labels]
      const logits = toLogits(similarities, isSoftmaxAlone ? { ...rule, logitBias: 0 } : rule);
      const probabilities = toProbabilities(logits, rule.scoring);
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
