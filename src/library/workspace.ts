import type { ImageSource } from '../core/ports.js';
import type { OpenedDataset } from '../datasets/opened-dataset.js';
import type { Results } from '../eval/results/results-schema.js';
import type { Surroundings } from '../hub/surroundings.js';
import type { ForgetReport } from '../ingest/forget-folders.js';
import type { IndexSummary } from '../ingest/index-folders.js';
import type { StorageOptions } from '../store/objects/storage-options.js';
import type { BackupReport, BackupRequest, RestoreRequest } from '../tasks/backup-index.js';
import type { Labels } from '../tasks/bind-labels.js';
import type { CalibrationSummary } from '../tasks/calibrate.js';
import type { ClassifyRequest } from '../tasks/classify-images.js';
import type { Classification } from '../tasks/create-classifier.js';
import type { DiscoverRequest, Discovery } from '../tasks/discover/discover.js';
import type { TemplateChoice } from '../tasks/embed-labels.js';
import type { EvaluateRequest } from '../tasks/evaluate/evaluate.js';
import type { ExportRequest } from '../tasks/export/export-images.js';
import type { DuplicateGroup, DuplicatesRequest } from '../tasks/find-duplicates.js';
import type { IndexRequest, WatchOptions } from '../tasks/index-images.js';
import type { FullStatus } from '../tasks/maintain-index.js';
import type { SearchRequest, SearchResults } from '../tasks/search/search-images.js';
import type { CorrectionRequest } from '../tasks/tags/correct-tags.js';
import type { TagRequest, TagSummary } from '../tasks/tags/tag-images.js';
import type { TeachRequest, TeachSummary } from '../tasks/teach/teach.js';
import type { ModelSettings, TaskOptions } from '../tasks/workspace.js';

export interface WorkspaceOptions extends ModelSettings, TaskOptions, Partial<Surroundings> {
  /** The folder of the database: the index, its tags, and label tables. The first write creates it. Or an address: `s3://bucket/path`. */
  readonly db: string;
  /** How the object store of `db` is reached. Without it, the standard variables and profiles of its cloud. */
  readonly storageOptions?: StorageOptions | undefined;
  /** A folder that keeps the embeddings of images and labels, so that they are computed only once. */
  readonly cache?: string | undefined;
  /** The size limit of the cache in bytes; 2 GiB by default. */
  readonly cacheMaxBytes?: number | undefined;
  /** Where relative paths start. The default is the current folder of the process when the workspace is opened. */
  readonly cwd?: string | undefined;
  /** Accept images only as bytes and Blobs, and refuse paths and URLs. Set it wherever untrusted users choose the images. */
  readonly bytesOnly?: boolean | undefined;
}

/** A request with the options that every method takes: `signal`, `onProgress`, `onWarning` and `onNote`. */
export type Call<Request> = Request & TaskOptions;

/** Corrects one tag of some images. */
export interface TagCorrectionRequest extends Omit<CorrectionRequest, 'images'> {
  /** Paths of indexed images. `forget` also takes the content hashes of images that have left the index. */
  readonly images: readonly string[];
}

/** Folders to take out of the index. */
export interface ForgetRequest {
  readonly folders: readonly string[];
}

export interface WatchRequest extends IndexRequest, Pick<WatchOptions, 'onSummary'> {}

/** Adds and forgets examples of a label set. */
export interface WorkspaceTeachRequest extends Omit<TeachRequest, 'add'> {
  /** Images that show a label. */
  readonly add?: readonly { readonly label: string; readonly images: readonly ImageSource[] }[] | undefined;
}

export interface WorkspaceEvaluateRequest extends Omit<EvaluateRequest, 'dataset' | 'labels' | 'deliver'> {
  /** A data set that `openDataset` opened, or its name or path. */
  readonly dataset: OpenedDataset | string;
  /** The default is the data's own labels. */
  readonly labels?: Labels | undefined;
  /** The name that examples of `labels` were taught under. */
  readonly examples?: string | undefined;
}

export interface WorkspaceCalibrateRequest extends TemplateChoice {
  /** Data sets that `openDataset` opened, or their names or paths. */
  readonly datasets: readonly (OpenedDataset | string)[];
  /** By default the data's own labels. */
  readonly labels?: Labels | undefined;
}

/**
 * A database, with one method for each task of labelwise. Relative paths start at `cwd`. Every method takes a `signal` that stops it, and
 * reports to `onProgress` how far it has come. Unknown fields are refused.
 */
export interface Workspace extends AsyncDisposable {
  /** Brings the index up to date with folders of images. The default is all folders that were indexed before. */
  index(request?: Call<IndexRequest>): Promise<IndexSummary>;
  /**
   * Brings folders up to date and follows their changes, until `signal` or `close()` ends it. `onSummary` is called after the first pass, and
   * after each pass that changed something.
   */
  watch(request?: Call<WatchRequest>): Promise<void>;
  /** Says what the index contains, what its folders hold beside that, and which of them are missing. */
  status(options?: TaskOptions): Promise<FullStatus>;
  /** Removes folders and their images from the index, whether they still exist or not. */
  forget(request: Call<ForgetRequest>): Promise<ForgetReport>;
  /** Copies the database (index, tags, corrections and label tables) into a new or empty folder. */
  backup(request: Call<BackupRequest>): Promise<BackupReport>;
  /** Checks a backup, file by file, and puts its database in place. With `force` it replaces one that exists. */
  restore(request: Call<RestoreRequest>): Promise<BackupReport>;
  /** Finds indexed images by words, by example images, by tags, by facts, or by all of them. */
  search(request: Call<SearchRequest>): Promise<SearchResults>;
  /** Tags all indexed images with labels, from their stored embeddings. */
  tag(request: Call<TagRequest>): Promise<TagSummary>;
  /**
   * Improves a label set with a few example images of its labels, and measures by how much. From then on `classify` and `tag` use them for a
   * `labelTable` of this name, and for `labels` with `examples` of this name. Images that cannot be used are in `failed`; the others are kept.
   */
  teach(request: Call<WorkspaceTeachRequest>): Promise<TeachSummary>;
  /** Corrects a tag by hand: this overrides the model's tags. Returns how many images changed. */
  correctTags(request: Call<TagCorrectionRequest>): Promise<{ tag: string; changed: number }>;
  /**
   * Groups indexed images by what they show, and names the groups with everyday words; from stored embeddings, and without storing anything.
   * `labels` of the result are the names as a label set for `tag`.
   */
  discover(request?: Call<DiscoverRequest>): Promise<Discovery>;
  /** Groups indexed images that are nearly the same: pairs with a cosine of at least `minSimilarity`, 0.95 by default. */
  duplicates(request?: Call<DuplicatesRequest>): Promise<{ groups: DuplicateGroup[]; images: number }>;
  /** Writes all indexed images with their tags, to files or sidecars. */
  export(request: Call<ExportRequest>): Promise<void>;
  /** Measures models on a data set. With `report`, the folder also gets a page, a summary and the predictions. */
  evaluate(request: Call<WorkspaceEvaluateRequest>): Promise<Results>;
  /** Fits the probabilities of the model to labelled images. It counts in workspaces that are opened afterwards. */
  calibrate(request: Call<WorkspaceCalibrateRequest>): Promise<CalibrationSummary>;
  /** Ranks labels for one image or several. @throws LabelwiseError for the first image that is bad */
  classify(images: ImageSource | readonly ImageSource[], request: Call<ClassifyRequest>): Promise<Classification[]>;
  /** Waits for the calls in progress, then frees the models and the database. After that, every method fails with `CLOSED`. */
  close(): Promise<void>;
}
