export { LabelwiseError } from '../errors.js';
export { indefiniteArticle } from './article.js';
export { type BuildOptions, buildClassEmbeddings, buildPrompts, promptsKey } from './class-embeddings.js';
export { dotProduct, type Embedding, meanEmbedding, norm, normalize } from './embedding.js';
export { createLabelSet, type Label, type LabelInput, type LabelSet } from './label-set.js';
export { parseLabelFile, parseLabelList } from './parse-labels.js';
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
export { type LogitTransform, type Scoring, sigmoid, softmax, toLogits, toProbabilities } from './scoring.js';
export { topK } from './top-k.js';
export { createZeroShotClassifier, type Prediction, type ZeroShotClassifier } from './zero-shot-classifier.js';
