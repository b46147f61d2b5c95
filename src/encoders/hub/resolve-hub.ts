import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LabelwiseError } from '../../errors.js';
import type { CheckpointFolder, KnownLogits } from '../checkpoint/checkpoint-folder.js';
import { allPaths, type CheckpointFiles, chooseFiles, hasOnnx } from '../checkpoint/choose-files.js';
import type { Dtype } from '../checkpoint/dtypes.js';
import { readJsonIfThere, writeJsonNote } from '../checkpoint/json-file.js';
import { KNOWN_EXPORTS, originOf } from '../checkpoint/known-exports.js';
import { downloadBlob } from './download-blob.js';
import { blobPath, type CachedSnapshot, linkIntoSnapshot, readSnapshot, writeRef } from './hub-cache.js';
import { createHubClient, type HubClient, type HubFile, type HubListing } from './hub-client.js';
import { readHubLogits } from './hub-logits.js';
import type { HubSettings } from './hub-settings.js';
import { isBlobWhole } from './verify-blob.js';

export interface ResolveHubOptions {
  readonly settings: HubSettings;
  /** Where notes about repositories are kept (the trained logit scale). */
  readonly home: string;
  readonly dtype?: Dtype | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Ask the hub even if all is cached, and check the hashes of what is. */
  readonly refresh?: boolean | undefined;
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
}

/** Bytes of all the files that are fetched in this run. */
export interface DownloadProgress {
  readonly repo: string;
  readonly path: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/**
 * A checkpoint of the hub, from the cache where all of it is there, else downloaded: only the files that are needed.
 * What is cached is used without asking the hub, so that a run tomorrow gives what it gave today; `refresh` asks.
 */
export async function resolveHub(repo: string, revision: string, options: ResolveHubOptions): Promise<CheckpointFolder> {
  const known = KNOWN_EXPORTS[repo];
  if (!options.refresh) {
    const cached = (await fromCache(repo, repo, revision, options)) ?? (known && (await fromCache(repo, known.onnx, 'main', options)));
    if (cached) return cached;
  }
  if (options.settings.isOffline) {
    throw new LabelwiseError(
      'HUB_OFFLINE',
      `${repo}@${revision} is not whole in ${options.settings.cacheDir}, and HF_HUB_OFFLINE is set.`,
      {
        hint: `Unset HF_HUB_OFFLINE and run: labelwise models pull ${repo}. The embedded model needs no network (--model pocket).`,
      },
    );
  }
  const client = createHubClient(options.settings, options.signal);
  const listing = await client.list(repo, revision);
  const paths = listing.files.map((file) => file.path);
  const isExported = known === undefined || hasOnnx(paths);
  const source = isExported ? listing : await client.list(known.onnx, 'main');
  const files = chooseFiles(
    source.repo,
    source.files.map((file) => file.path),
    options.dtype,
  );
  await downloadFiles(client, source, files, options);
  await writeRef(options.settings.cacheDir, source.repo, isExported ? revision : 'main', source.commit);
  const folder = join(blobPath(options.settings.cacheDir, source.repo, ''), '..', 'snapshots', source.commit);
  const logits = await findLogits(client, listing, source, folder);
  await writeJsonNote(notePath(options.home, repo, source.commit), logits ?? {});
  return { name: repo, source: 'hub', revision: source.commit, folder, files, logits };
}

async function fromCache(name: string, repo: string, revision: string, options: ResolveHubOptions): Promise<CheckpointFolder | undefined> {
  const snapshot = await readSnapshot(options.settings.cacheDir, repo, revision);
  const files = snapshot && chooseCached(repo, snapshot, options.dtype);
  if (!snapshot || !files) return undefined;
  const note = await readJsonIfThere(join(options.home, 'hub'), noteName(name, snapshot.commit)).catch(() => undefined);
  const logits = note && typeof note === 'object' && 'logitScale' in note ? (note as KnownLogits) : publishedLogits(name);
  return { name, source: 'hub', revision: snapshot.commit, folder: snapshot.folder, files, logits };
}

function chooseCached(repo: string, snapshot: CachedSnapshot, dtype: Dtype | undefined): CheckpointFiles | undefined {
  try {
    return chooseFiles(repo, snapshot.files, dtype);
  } catch {
    return undefined; // not whole: the hub is asked, and says what is wrong if anything is
  }
}

async function downloadFiles(client: HubClient, listing: HubListing, files: CheckpointFiles, options: ResolveHubOptions): Promise<void> {
  const { cacheDir } = options.settings;
  const byPath = new Map(listing.files.map((file) => [file.path, file]));
  const wanted = allPaths(files, [...byPath.keys()]).map((path) => byPath.get(path) as HubFile);
  const totalBytes = wanted.reduce((sum, file) => sum + file.size, 0);
  let before = 0;
  for (const file of wanted) {
    const blob = blobPath(cacheDir, listing.repo, file.blobName);
    const report = (bytes: number): void =>
      options.onDownload?.({ repo: listing.repo, path: file.path, doneBytes: before + bytes, totalBytes });
    if (!(await isThere(blob, file, options.refresh === true))) {
      await downloadBlob(client, options.settings, listing, file, blob, { signal: options.signal, onBytes: report });
    }
    await linkIntoSnapshot(cacheDir, listing.repo, listing.commit, file.path, file.blobName);
    before += file.size;
    report(0);
  }
}

/** A blob got its name after its hash was checked, so its size is enough; `refresh` reads it all the same. */
async function isThere(blob: string, file: HubFile, thoroughly: boolean): Promise<boolean> {
  const size = await stat(blob).then(
    (stats) => stats.size,
    () => -1,
  );
  return size === file.size && (!thoroughly || isBlobWhole(blob, file));
}

/** The trained scale: from the weights of the repository itself, of the one it was exported from, or as published. */
async function findLogits(client: HubClient, asked: HubListing, source: HubListing, folder: string): Promise<KnownLogits | undefined> {
  const own = await readHubLogits(client, asked);
  if (own) return own;
  const config = (await readJsonIfThere(folder, 'config.json')) as { _name_or_path?: string } | undefined;
  const origin = originOf(source.repo) ?? config?._name_or_path;
  if (origin && origin !== asked.repo && /^[\w.-]+\/[\w.-]+$/.test(origin)) {
    const listing = await client.list(origin, 'main').catch(() => undefined); // the origin is a guess: its absence is no failure
    const theirs = listing && (await readHubLogits(client, listing));
    if (theirs) return theirs;
  }
  return publishedLogits(asked.repo) ?? (origin === undefined ? undefined : publishedLogits(origin));
}

function publishedLogits(repo: string): KnownLogits | undefined {
  const known = KNOWN_EXPORTS[repo] ?? KNOWN_EXPORTS[originOf(repo) ?? ''];
  return known && { logitScale: known.logitScale, logitBias: 0, source: 'published' };
}

const noteName = (repo: string, commit: string): string => `${repo.replaceAll('/', '--')}@${commit}.json`;
const notePath = (home: string, repo: string, commit: string): string => join(home, 'hub', noteName(repo, commit));
