import type { DownloadProgress } from '../hub/download-files.js';

/** What to read from a data set. labelwise chooses what you leave out; if it cannot, the error lists the choices. */
export interface OpenDatasetOptions {
  /** For example "test". The default is the only split, otherwise test, otherwise validation. */
  readonly split?: string | undefined;
  /** The configuration, if a repository has several. */
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
   * `order`: `labelNames` rename the data's own labels one by one, as with ImageNet's curated names. Own names that are all numbers are sorted as
   * numbers. The default is `name`.
   */
  readonly labelsBy?: 'name' | 'order' | undefined;
  /** Other names that the data may use: a map from such a name to one of `labelNames`. */
  readonly labelAliases?: ReadonlyMap<string, string> | undefined;
  /** Names in folders to leave out, written as in .gitignore. */
  readonly exclude?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Ask the hub even if everything is cached, and check the hashes of the cached files. */
  readonly refresh?: boolean | undefined;
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}
