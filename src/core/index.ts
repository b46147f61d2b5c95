export { type ErrorCode, LabelwiseError } from '../errors.js';
export { indefiniteArticle } from './article.js';
export { type BuildOptions, buildClassEmbeddings, buildPrompts, promptsKey } from './class-embeddings.js';
export type { Collection, ImageBlock, StoredImage } from './collection.js';
export { dotProduct, type Embedding, meanEmbedding, norm, normalize } from './embedding.js';
export { effectiveTags, type ImageTag, type TagColumns, type TagCorrection } from './image-tags.js';
export { createLabelSet, type Label, type LabelInput, type LabelSet } from './label-set.js';
export { type Matrix, type MatrixProduct, multiply, sliceRows, toMatrix } from './matrix-product.js';
export { measureSpreads } from './measure-spreads.js';
export { type DuplicateMember, type DuplicateOptions, findDuplicateGroups } from './near-duplicates.js';
export { parseLabelFile, parseLabelList } from './parse-labels.js';
export { parseSearch, type SearchTerms } from './parse-search.js';
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
} from './ports.js';
export { fillTemplate, type PromptTemplate, parseTemplate, type TemplateSet } from './prompt-template.js';
export { cutRelevant, gatherSpreads, type RelevanceCut, type Spread, type SpreadGatherer } from './relevance.js';
export { type LogitTransform, type Scoring, sigmoid, softmax, toLogits, toProbabilities } from './scoring.js';
export { tagCollection } from './tag-collection.js';
export { type ScoredTag, scoreTags, type TagRule } from './tag-scoring.js';
export { topK } from './top-k.js';
export { createZeroShotClassifier, type Prediction, type ZeroShotClassifier } from './zero-shot-classifier.js';
