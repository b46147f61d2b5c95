export { indefiniteArticle } from '../core/article.js';
export { type BuildOptions, buildClassEmbeddings, buildPrompts, promptsKey } from '../core/class-embeddings.js';
export type { Collection, ImageBlock, StoredImage } from '../core/collection.js';
export type { EvidenceWeights } from '../core/decisions/balance-evidence.js';
export type { Calibration, SigmoidCalibration, SoftmaxCalibration } from '../core/decisions/calibration.js';
export type { LabelExample } from '../core/decisions/example-evidence.js';
export { fitSigmoid, fitSoftmax, type LabelledScores, type SoftmaxForm } from '../core/decisions/fit-calibration.js';
export { fitNone, fitSeveral, type LabelledImages } from '../core/decisions/fit-none.js';
export { type LearnOptions, type Lesson, learnFromExamples } from '../core/decisions/learn-from-examples.js';
export type { NoneAnswer, NoneCalibration } from '../core/decisions/none-of-these.js';
export { createLabelTest, type LabelTest, type SeveralRule } from '../core/decisions/several-labels.js';
export { dotProduct, type Embedding, meanEmbedding, norm, normalize } from '../core/embedding.js';
export { effectiveTags, type ImageTag, type TagColumns, type TagCorrection } from '../core/image-tags.js';
export { createLabelSet, type Label, type LabelInput, type LabelSet } from '../core/label-set.js';
export { type Matrix, type MatrixProduct, multiply, sliceRows, toMatrix } from '../core/matrix-product.js';
export { measureSpreads } from '../core/measure-spreads.js';
export { type DuplicateMember, type DuplicateOptions, findDuplicateGroups } from '../core/near-duplicates.js';
export { parseLabelFile, parseLabelList } from '../core/parse-labels.js';
export { parseSearch, type SearchTerms } from '../core/parse-search.js';
export type {
  ClassEmbeddingStore,
  ClassEmbeddings,
  EmbeddingCache,
  EncodeOptions,
  EncoderIdentity,
  EncoderInfo,
  ImageEncoder,
  ImageOutcome,
  ImageSource,
  KeptEmbedding,
  TextEncoder,
} from '../core/ports.js';
export { fillTemplate, type PromptTemplate, parseTemplate, type TemplateSet } from '../core/prompt-template.js';
export { cutRelevant, gatherSpreads, type RelevanceCut, type Spread, type SpreadGatherer } from '../core/relevance.js';
export {
  type LabelScores,
  type LogitTransform,
  type Scoring,
  type ScoringRule,
  scoreLogits,
  toLogits,
  toProbabilities,
} from '../core/scoring.js';
export { type Tagger, tagCollection } from '../core/tag-collection.js';
export { type ScoredTag, scoreTags, type TagRule, tagDecision } from '../core/tag-scoring.js';
export { topK } from '../core/top-k.js';
export {
  type Answer,
  createZeroShotClassifier,
  type NoneOption,
  type Prediction,
  type ZeroShotClassifier,
} from '../core/zero-shot-classifier.js';
export { type ErrorCode, type ErrorKind, LabelwiseError } from '../errors.js';
