import type { ImageSource } from '../core/ports.js';
import type { OpenedDataset } from '../datasets/opened-dataset.js';
import type { Results } from '../eval/results/results-schema.js';
import type { Surroundings } from '../hub/surroundings.js';
import type { IndexSummary } from '../ingest/index-folders.js';
import type { Labels } from '../tasks/bind-labels.js';
import type { ClassifyRequest } from '../tasks/classify-images.js';
import type { CorrectionRequest } from '../tasks/correct-tags.js';
import type { Classification } from '../tasks/create-classifier.js';
import type { EvaluateRequest } from '../tasks/evaluate/evaluate.js';
import type { ExportRequest } from '../tasks/export/export-images.js';
import type { DuplicateGroup, DuplicatesRequest } from '../tasks/find-duplicates.js';
import type { IndexRequest } from '../tasks/index-images.js';
import type { SearchRequest, SearchResults } from '../tasks/search/search-images.js';
import type { TagRequest, TagSummary } from '../tasks/tag-images.js';
import type { TeachRequest, TeachSummary } from '../tasks/teach/teach.js';
import type { ModelSettings, TaskOptions } from '../tasks/workspace.js';

export interface WorkspaceOptions extends ModelSettings, TaskOptions, Partial<Surroundings> {
  /** The folder of the database: the index, its tags, and label tables. It is made when something is first written. */
  readonly db: string;
  /** A folder where embeddings of images and labels are kept: what is in it is not computed again. */
  readonly cache?: string | undefined;
  /** The most bytes that the cache may take; 2 GiB by default. */
  readonly cacheMaxBytes?: number | undefined;
  /** Where relative paths start; by default the folder of the process when the workspace is opened. */
  readonly cwd?: string | undefined;
  /** Take images as bytes and Blobs only: paths and URLs are refused. Set it where strangers name the images. */
  readonly bytesOnly?: boolean | undefined;
}

/** A request, with what every verb takes: `signal`, `onProgress`, `onWarning` and `onNote`. */
export type Call<Request> = Request & TaskOptions;

/** Corrects one tag of some images. */
export interface TagCorrectionRequest extends Omit<CorrectionRequest, 'images'> {
  /** Paths of indexed images. To forget, content hashes of images that have left the index work too. */
  readonly images: readonly string[];
}

/** Adds and forgets examples of a label set. */
export interface WorkspaceTeachRequest extends Omit<TeachRequest, 'add'> {
  /** Images that show a label. */
  readonly add?: readonly { readonly label: string; readonly images: readonly ImageSource[] }[] | undefined;
}

export interface WorkspaceEvaluateRequest extends Omit<EvaluateRequest, 'dataset' | 'labels' | 'deliver'> {
  /** A data set that `openDataset` opened, or its name or path. */
  readonly dataset: OpenedDataset | string;
  /** By default the data's own labels. */
  readonly labels?: Labels | undefined;
  /** The name that examples of `labels` were taught under. */
  readonly examples?: string | undefined;
}

/**
 * A database with the verbs of labelwise. Relative paths start at `cwd`. Every verb takes a `signal` that stops it, and tells `onProgress`
 * how far it is. A field that a verb does not know is refused.
 */
export interface Workspace extends AsyncDisposable {
  /** Brings the index up to date with folders of images; by default all that were indexed before. */
  index(request?: Call<IndexRequest>): Promise<IndexSummary>;
  /** Finds indexed images by words, by example images, by tags, by facts, or by all of them. */
  search(request: Call<SearchRequest>): Promise<SearchResults>;
  /** Tags all indexed images with labels, from their stored embeddings. */
  tag(request: Call<TagRequest>): Promise<TagSummary>;
  /**
   * Improves a label set with a few example images of its labels, and measures by how much. From then on `classify` and `tag` use them for a
   * `labelTable` of this name, and for `labels` with `examples` of this name. Images that cannot be used are in `failed`; the others are kept.
   */
  teach(request: Call<WorkspaceTeachRequest>): Promise<TeachSummary>;
  /** Corrects a tag by hand, whatever a model says, and gives how many images changed. */
  correctTags(request: Call<TagCorrectionRequest>): Promise<{ tag: string; changed: number }>;
  /** Groups indexed images that are nearly the same: two belong together from a cosine of `minSimilarity` on, 0.95 by default. */
  duplicates(request?: Call<DuplicatesRequest>): Promise<{ groups: DuplicateGroup[]; images: number }>;
  /** Writes all indexed images with their tags, to files or sidecars. */
  export(request: Call<ExportRequest>): Promise<void>;
  /** Measures models on a data set. With `report`, the folder also gets a page, a summary and the predictions. */
  evaluate(request: Call<WorkspaceEvaluateRequest>): Promise<Results>;
  /** Ranks labels for one image or several. @throws LabelwiseError for the first image that is bad */
  classify(images: ImageSource | readonly ImageSource[], request: Call<ClassifyRequest>): Promise<Classification[]>;
  /** Frees the models and the database, after the work in hand. Every verb then fails with `CLOSED`. */
  close(): Promise<void>;
}
