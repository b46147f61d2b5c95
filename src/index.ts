export { DTYPES, type Dtype } from './checkpoints/dtypes.js';
export { indefiniteArticle } from './core/article.js';
export { type BuildOptions, buildClassEmbeddings, buildPrompts, promptsKey } from './core/class-embeddings.js';
export type { Collection, ImageBlock, StoredImage } from './core/collection.js';
export type { EvidenceWeights } from './core/decisions/balance-evidence.js';
export type { Calibration, SigmoidCalibration, SoftmaxCalibration } from './core/decisions/calibration.js';
export type { LabelExample } from './core/decisions/example-evidence.js';
export { type LearnOptions, type Lesson, learnFromExamples } from './core/decisions/learn-from-examples.js';
export type { NoneAnswer, NoneCalibration } from './core/decisions/none-of-these.js';
export { createLabelTest, type LabelTest, type SeveralRule } from './core/decisions/several-labels.js';
export { dotProduct, type Embedding, meanEmbedding, norm, normalize } from './core/embedding.js';
export { effectiveTags, type ImageTag, type TagColumns, type TagCorrection } from './core/image-tags.js';
export { createLabelSet, type Label, type LabelInput, type LabelSet } from './core/label-set.js';
export { type Matrix, type MatrixProduct, multiply, sliceRows, toMatrix } from './core/matrix-product.js';
export { measureSpreads } from './core/measure-spreads.js';
export { type DuplicateMember, type DuplicateOptions, findDuplicateGroups } from './core/near-duplicates.js';
export { parseLabelFile, parseLabelList } from './core/parse-labels.js';
export { parseSearch, type SearchTerms } from './core/parse-search.js';
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
} from './core/ports.js';
export { fillTemplate, type PromptTemplate, parseTemplate, type TemplateSet } from './core/prompt-template.js';
export { cutRelevant, gatherSpreads, type RelevanceCut, type Spread, type SpreadGatherer } from './core/relevance.js';
export {
  type LabelScores,
  type LogitTransform,
  type Scoring,
  type ScoringRule,
  scoreLogits,
  toLogits,
  toProbabilities,
} from './core/scoring.js';
export { type Tagger, tagCollection } from './core/tag-collection.js';
export { type ScoredTag, scoreTags, type TagRule, tagDecision } from './core/tag-scoring.js';
export { topK } from './core/top-k.js';
export {
  type Answer,
  createZeroShotClassifier,
  type NoneOption,
  type Prediction,
  type ZeroShotClassifier,
} from './core/zero-shot-classifier.js';
export type { DatasetFacts, OpenedDataset } from './datasets/opened-dataset.js';
export type { Device, DeviceChoice, EngineName, Precision } from './encoders/engines/protocol.js';
export type { Encoder, EncoderSettings, LoadEncoderOptions } from './encoders/load-encoder.js';
export { ERROR_CATALOGUE, type ErrorCode, type ErrorKind, LabelwiseError } from './errors.js';
export type { Results } from './eval/results/results-schema.js';
export { listShipped, loadLabelSet, loadTemplateSet } from './home/data-files.js';
export type { ForgetReport } from './ingest/forget-folders.js';
export type { IndexSummary } from './ingest/index-folders.js';
export { createClassifier, loadEncoder, openWorkspace } from './library/from-environment.js';
export type {
  Call,
  ForgetRequest,
  TagCorrectionRequest,
  WatchRequest,
  Workspace,
  WorkspaceCalibrateRequest,
  WorkspaceEvaluateRequest,
  WorkspaceOptions,
  WorkspaceTeachRequest,
} from './library/workspace.js';
export type { BackupReport, BackupRequest, RestoreRequest } from './tasks/backup-index.js';
export type { LabelChoice, Labels } from './tasks/bind-labels.js';
export type { CalibrationSummary } from './tasks/calibrate.js';
export type { ClassifyRequest } from './tasks/classify-images.js';
export type { Classification, ClassifiedItem, Classifier, ClassifierOptions, ClassifyOptions } from './tasks/create-classifier.js';
export type { DiscoverRequest, Discovery, GroupedImage, ImageGroup } from './tasks/discover/discover.js';
export type { ExportFormat, ExportRequest } from './tasks/export/export-images.js';
export type { DuplicateGroup, DuplicatesRequest } from './tasks/find-duplicates.js';
export type { IndexRequest } from './tasks/index-images.js';
export type { FullStatus } from './tasks/maintain-index.js';
export type { SearchRequest, SearchResult, SearchResults } from './tasks/search/search-images.js';
export type { TagRequest, TagSummary } from './tasks/tags/tag-images.js';
export type { TeachSummary } from './tasks/teach/teach.js';
export type { TaskOptions, TaskProgress } from './tasks/workspace.js';
