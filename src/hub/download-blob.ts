import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { hasSystemCode, LabelwiseError, throwIfAborted } from '../errors.js';
import { type HeldLock, withLock } from '../files/with-lock.js';
import { fetchWithRetry, MAX_TRIES, waitBeforeTry } from './fetch-with-retry.js';
import type { HubClient, HubFile, HubListing } from './hub-client.js';
import { toConnectionError } from './hub-errors.js';
import type { HubSettings } from './hub-settings.js';
import { isBlobWhole } from './verify-blob.js';

/** One file to fetch, where from and where to. */
export interface BlobDownload {
  readonly client: HubClient;
  readonly settings: HubSettings;
  readonly listing: HubListing;
  readonly file: HubFile;
  readonly blobPath: string;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes that are on disk. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Downloads one file to `blobPath`. Bytes go to `<blobPath>.incomplete`, taken up where an earlier run stopped; only what
 * has the right size and hash gets the blob's name. One process at a time does it; the others wait, and find it done.
 *
 * @throws LabelwiseError `HUB_*` or `DISK_FULL`
 */
export async function downloadBlob(blob: BlobDownload): Promise<void> {
  const { settings, listing, file, blobPath } = blob;
  const subject = `${listing.repo}/${file.path}`;
  const download = async (lock: HeldLock): Promise<void> => {
    if (await isThere(blobPath, file, true)) return; // another process was first
    await downloadChecked({ ...blob, signal: lock.signal, lock });
  };
  try {
    await withLock(blobPath, download, { signal: blob.signal });
  } catch (error) {
    throw toDownloadError(error, subject, settings.endpoint);
  }
}

/** A blob got its name after its hash was checked, so its size is enough; `thoroughly` reads it all the same. */
export async function isThere(blob: string, file: HubFile, thoroughly: boolean): Promise<boolean> {
  return (await sizeOf(blob)) === file.size && (!thoroughly || isBlobWhole(blob, file));
}

type LockedDownload = BlobDownload & { readonly lock: HeldLock };

async function downloadChecked(blob: LockedDownload): Promise<void> {
  const { settings, listing, file, blobPath, signal, lock } = blob;
  const partial = `${blobPath}.incomplete`;
  const subject = `${listing.repo}/${file.path}`;
  for (let attempt = 1; ; attempt++) {
    try {
      await fetchRest(blob, partial);
    } catch (error) {
      throwIfAborted(signal);
      const failure = toDownloadError(error, subject, settings.endpoint);
      if (failure.code !== 'HUB_UNREACHABLE' || attempt >= MAX_TRIES) throw failure;
      await waitBeforeTry(attempt, null, signal);
      continue;
    }
    if (await isBlobWhole(partial, file)) break;
    await rm(partial, { force: true });
    if (attempt >= 2) {
      throw new LabelwiseError('HUB_HASH_MISMATCH', `${subject} came with other content than the hub promises, twice.`, {
        hint: 'A proxy or a mirror (HF_ENDPOINT) may change files. Nothing of it was kept; try again or elsewhere.',
      });
    }
  }
  await lock.assertHeld();
  await rename(partial, blobPath);
}

async function fetchRest({ client, settings, listing, file, signal, lock, onBytes }: LockedDownload, partial: string): Promise<void> {
  const have = (await sizeOf(partial)) ?? 0;
  if (have > file.size) await rm(partial, { force: true });
  let position = have > file.size ? 0 : have;
  onBytes?.(position);
  if (position === file.size && file.size > 0) return;
  const response = await fetchWithRetry(
    client.fileUrl(listing, file.path),
    { headers: { ...client.headers, 'accept-encoding': 'identity', ...(position > 0 ? { range: `bytes=${position}-` } : {}) } },
    { endpoint: settings.endpoint, subject: `${listing.repo}/${file.path}`, signal },
  );
  if (response.status !== 206) position = 0; // the server sends it from the start
  await lock.assertHeld(); // else another process may have finished this very file
  const handle = await openForUpdate(partial);
  try {
    if (position === 0) await handle.truncate(0);
    for await (const part of response.body ?? []) {
      await handle.write(part, 0, part.length, position);
      position += part.length;
      onBytes?.(position);
      if (position > file.size) break; // cannot be right: the hash will say so
    }
  } finally {
    await handle.close();
  }
  if (position < file.size) throw new Error(`the connection ended after ${position} of ${file.size} bytes`);
}

async function openForUpdate(path: string): Promise<FileHandle> {
  return open(path, 'r+').catch(() => open(path, 'w+'));
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (stats) => stats.size,
    () => undefined,
  );
}

function toDownloadError(error: unknown, subject: string, endpoint: string): LabelwiseError {
  if (hasSystemCode(error, 'ENOSPC', 'EDQUOT')) {
    return new LabelwiseError('DISK_FULL', `The disk is full: ${subject} cannot be stored.`, {
      hint: 'Make room, or set HF_HOME to a larger disk. What was downloaded is kept and taken up again.',
      cause: error,
    });
  }
  if (hasSystemCode(error, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG')) {
    return new LabelwiseError('INPUT_UNREADABLE', `The cache folder cannot be written for ${subject}.`, {
      hint: 'Check its permissions, or set HF_HOME to another folder.',
      cause: error,
    });
  }
  return toConnectionError(error, subject, endpoint);
}
