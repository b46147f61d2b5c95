import type { DownloadProgress } from '../hub/download-files.js';

/** What to read of a data set; what is not said is found out, and an error lists the choice. */
export interface OpenDatasetOptions {
  /** For example "test". By default the only one, else test, else validation. */
  readonly split?: string | undefined;
  /** Which of several configurations of a repository. */
  readonly config?: string | undefined;
  /** A branch, tag or commit on the hub; "main" by default. */
  readonly revision?: string | undefined;
  readonly imageColumn?: string | undefined;
  readonly labelColumn?: string | undefined;
  /**
   * The candidate labels. Where the data names its labels, each has to be among these, and `Example.labels` are places in this list;
   * where the data has numbers alone, these are their names, in order.
   */
  readonly labelNames?: readonly string[] | undefined;
  /**
   * `order`: `labelNames` are other names for the data's own, one for one, as with ImageNet's curated names. Own names that are all numbers go by number.
   * `name` by default.
   */
  readonly labelsBy?: 'name' | 'order' | undefined;
  /** Other names that the data may use for one of `labelNames`: from that name to the label. */
  readonly labelAliases?: ReadonlyMap<string, string> | undefined;
  /** Names in folders to leave out, written as in .gitignore. */
  readonly exclude?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Ask the hub even if all is cached, and check the hashes of what is. */
  readonly refresh?: boolean | undefined;
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}
