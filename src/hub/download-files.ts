import { assertRoom, missingBytes } from './assert-room.js';
import { downloadBlob, isThere } from './download-blob.js';
import { blobPath, linkIntoSnapshot } from './hub-cache.js';
import type { HubClient, HubFile, HubListing } from './hub-client.js';
import type { HubSettings } from './hub-settings.js';

/** Bytes of all files that this run downloads. */
export interface DownloadProgress {
  readonly repo: string;
  readonly path: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface DownloadFilesOptions {
  readonly settings: HubSettings;
  readonly signal?: AbortSignal | undefined;
  /** Check the hashes of what is cached, too. */
  readonly refresh?: boolean | undefined;
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
}

/** Brings these files of a repository into its snapshot in the cache; what is there already is not fetched. */
export async function downloadFiles(
  client: HubClient,
  listing: HubListing,
  paths: readonly string[],
  options: DownloadFilesOptions,
): Promise<void> {
  const { cacheDir } = options.settings;
  const byPath = new Map(listing.files.map((file) => [file.path, file]));
  const wanted = paths.map((path) => byPath.get(path) as HubFile);
  const totalBytes = wanted.reduce((sum, file) => sum + file.size, 0);
  const missing = await Promise.all(wanted.map((file) => missingBytes(blobPath(cacheDir, listing.repo, file.blobName), file.size)));
  await assertRoom(
    cacheDir,
    missing.reduce((sum, bytes) => sum + bytes, 0),
    listing.repo,
  );
  let before = 0;
  for (const file of wanted) {
    const blob = blobPath(cacheDir, listing.repo, file.blobName);
    const report = (bytes: number): void =>
      options.onDownload?.({ repo: listing.repo, path: file.path, doneBytes: before + bytes, totalBytes });
    if (!(await isThere(blob, file, options.refresh === true))) {
      const { settings, signal } = options;
      await downloadBlob({ client, settings, listing, file, blobPath: blob, signal, onBytes: report });
    }
    await linkIntoSnapshot(cacheDir, listing.repo, listing.commit, file.path, file.blobName);
    before += file.size;
    report(0);
  }
}
