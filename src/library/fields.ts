import type { Schema } from '../core/known-fields.js';
import type { LoadEncoderOptions } from '../encoders/load-encoder.js';
import type { Surroundings } from '../hub/surroundings.js';
import type { BackupRequest, RestoreRequest } from '../tasks/backup-index.js';
import type { ClassifyRequest } from '../tasks/classify-images.js';
import type { ClassifierOptions } from '../tasks/create-classifier.js';
import type { DiscoverRequest } from '../tasks/discover/discover.js';
import type { ExportRequest } from '../tasks/export/export-images.js';
import type { DuplicatesRequest } from '../tasks/find-duplicates.js';
import type { IndexRequest } from '../tasks/index-images.js';
import type { SearchRequest } from '../tasks/search/search-images.js';
import type { TagRequest } from '../tasks/tags/tag-images.js';
import type { ModelSettings, TaskOptions } from '../tasks/workspace.js';
import type {
  ForgetRequest,
  TagCorrectionRequest,
  WatchRequest,
  WorkspaceCalibrateRequest,
  WorkspaceEvaluateRequest,
  WorkspaceOptions,
  WorkspaceTeachRequest,
} from './workspace.js';

const PROMPTS = { templates: 1, templateSet: 1 } as const;
const MODEL: Schema<ModelSettings> = {
  model: 1,
  dtype: 1,
  onnx: 1,
  device: 1,
  engine: 1,
  precision: 1,
  threads: 1,
  batchSize: 1,
  logitScale: 1,
  logitBias: 1,
  limits: 1,
  fastDecode: 1,
  decodeProcess: 1,
  ownsProcess: 1,
};
/** What loads a model: the options of `loadEncoder`. */
export const ENCODER: Schema<LoadEncoderOptions & Surroundings> = {
  ...MODEL,
  isSpinning: 1,
  openImageCache: 1,
  signal: 1,
  onDownload: 1,
  onWarning: 1,
  home: 1,
  hub: 1,
  cwd: 1,
  openvino: 1,
  pythonEnvironments: 1,
};
export const CLASSIFIER: Schema<ClassifierOptions & Surroundings> = {
  ...ENCODER,
  ...PROMPTS,
  labels: 1,
  scoring: 1,
  none: 1,
  noneRate: 1,
  encoder: 1,
  bytesOnly: 1,
  cache: 1,
  cacheMaxBytes: 1,
  onProgress: 1,
};
export const CALL: Schema<TaskOptions> = { signal: 1, onProgress: 1, onWarning: 1, onNote: 1 };
export const SETTINGS: Schema<Omit<WorkspaceOptions, keyof TaskOptions>> = {
  ...MODEL,
  db: 1,
  storageOptions: 1,
  cache: 1,
  cacheMaxBytes: 1,
  cwd: 1,
  bytesOnly: 1,
  home: 1,
  hub: 1,
  openvino: 1,
  pythonEnvironments: 1,
};
const LABELS = { ...PROMPTS, labels: 1, scoring: 1, labelTable: 1, examples: 1, topK: 1 } as const;
export const INDEX: Schema<IndexRequest> = { folders: 1, exclude: 1, allowEmpty: 1, crops: 1 };
export const WATCH: Schema<WatchRequest> = { ...INDEX, onSummary: 1 };
export const FORGET: Schema<ForgetRequest> = { folders: 1 };
export const BACKUP: Schema<BackupRequest> = { folder: 1 };
export const RESTORE: Schema<RestoreRequest> = { folder: 1, force: 1 };
const FILTERS = {
  query: 1,
  where: 1,
  in: 1,
  after: 1,
  before: 1,
  camera: 1,
  format: 1,
  minWidth: 1,
  minHeight: 1,
  minRating: 1,
  title: 1,
  caption: 1,
  near: 1,
  within: 1,
} as const;
export const DISCOVER: Schema<DiscoverRequest> = { ...PROMPTS, ...FILTERS, groups: 1, groupSize: 1, seed: 1, mapped: 1 };
export const SEARCH: Schema<SearchRequest> = {
  ...FILTERS,
  ...PROMPTS,
  texts: 1,
  without: 1,
  images: 1,
  like: 1,
  plain: 1,
  relevant: 1,
  topK: 1,
  offset: 1,
  minSimilarity: 1,
  exact: 1,
  sort: 1,
};
export const TAG: Schema<TagRequest> = { ...LABELS, name: 1, minProbability: 1, balanced: 1, dryRun: 1, samples: 1 };
export const TEACH: Schema<WorkspaceTeachRequest> = {
  ...PROMPTS,
  name: 1,
  add: 1,
  fromCorrections: 1,
  forget: 1,
  forgetAll: 1,
  scoring: 1,
};
export const CORRECT: Schema<TagCorrectionRequest> = { tag: 1, change: 1, images: 1 };
export const EXPORT: Schema<ExportRequest> = {
  formats: 1,
  out: 1,
  print: 1,
  tags: 1,
  minProbability: 1,
  in: 1,
  sidecars: 1,
  hierarchical: 1,
  dryRun: 1,
  onSidecar: 1,
  remove: 1,
};
export const EVALUATE: Schema<WorkspaceEvaluateRequest> = {
  dataset: 1,
  labels: 1,
  examples: 1,
  models: 1,
  templates: 1,
  templateSets: 1,
  compare: 1,
  crops: 1,
  topK: 1,
  limit: 1,
  seed: 1,
  resamples: 1,
  report: 1,
  overwrite: 1,
};
export const CALIBRATE: Schema<WorkspaceCalibrateRequest> = { ...PROMPTS, datasets: 1, labels: 1 };
export const CLASSIFY: Schema<ClassifyRequest> = { ...LABELS, none: 1, noneRate: 1 };
export const DUPLICATES: Schema<DuplicatesRequest> = { minSimilarity: 1 };
