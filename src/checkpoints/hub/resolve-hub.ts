import { join } from 'node:path';
import { LabelwiseError } from '../../errors.js';
import { readJsonIfThere, writeJsonNote } from '../../files/json-file.js';
import { type DownloadProgress, downloadFiles } from '../../hub/download-files.js';
import { blobPath, type CachedSnapshot, readSnapshot, writeRef } from '../../hub/hub-cache.js';
import { createHubClient, type HubClient, type HubListing } from '../../hub/hub-client.js';
import type { HubSettings } from '../../hub/hub-settings.js';
import type { CheckpointFolder, KnownLogits } from '../checkpoint-folder.js';
import { chooseFiles, isRunnable, PickleOnlyError } from '../choose-files.js';
import type { Dtype } from '../dtypes.js';
import { weightFamilyOf } from '../families.js';
import { KNOWN_EXPORTS, originOf } from '../known-exports.js';
import { belowRoot, layoutRoot, MODULES, refuseOtherModules } from '../layout-root.js';
import { allPaths, type CheckpointFiles } from '../model-files.js';
import { readHubJointLogits, readHubLogits } from './hub-logits.js';
import { findSafetensorsRevision } from './safetensors-revision.js';

export interface ResolveHubOptions {
  readonly settings: HubSettings;
  /** Where notes about repositories are kept (the trained logit scale). */
  readonly home: string;
  /** Where a relative path of a folder starts. */
  readonly cwd?: string | undefined;
  readonly dtype?: Dtype | undefined;
  /** Take the repository's ONNX files even where its weights could be run as they are. */
  readonly onnx?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Ask the hub even if everything is cached, and check the hashes of the cached files. */
  readonly refresh?: boolean | undefined;
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
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
      `${repo}@${revision} is incomplete in ${options.settings.cacheDir}, and HF_HUB_OFFLINE is set.`,
      {
        hint: `Unset HF_HUB_OFFLINE and run: labelwise models pull ${repo}. The embedded model, "pocket", needs no network.`,
      },
    );
  }
  const client = createHubClient(options.settings, options.signal);
  const listing = await client.list(repo, revision);
  const source = known === undefined || (await hasModel(client, listing, options)) ? listing : await client.list(known.onnx, 'main');
  const files = await chooseListed(client, source, options);
  const root = layoutRoot(pathsOf(source));
  await downloadFiles(client, source, [...(root === '' ? [] : [MODULES]), ...allPaths(files).map((path) => root + path)], options);
  await writeRef(options.settings.cacheDir, source.repo, source === listing ? revision : 'main', source.commit);
  const snapshot = join(blobPath(options.settings.cacheDir, source.repo, ''), '..', 'snapshots', source.commit);
  const folder = join(snapshot, root);
  if (root !== '') refuseOtherModules(repo, await readJsonIfThere(snapshot, MODULES));
  const isInWeights = files.model.kind === 'safetensors'; // they are on disk now, and are read there
  const logits = isInWeights ? undefined : await findLogits(client, listing, source, folder);
  await writeJsonNote(notePath(options.home, repo, source.commit), logits ?? {});
  return { name: repo, source: 'hub', revision: source.commit, folder, files, logits };
}

async function fromCache(name: string, repo: string, revision: string, options: ResolveHubOptions): Promise<CheckpointFolder | undefined> {
  const snapshot = await readSnapshot(options.settings.cacheDir, repo, revision);
  const files = snapshot && (await chooseCached(repo, snapshot, options));
  if (!snapshot || !files) return undefined;
  const note = await readJsonIfThere(join(options.home, 'hub'), noteName(name, snapshot.commit)).catch(() => undefined);
  const noted = note && typeof note === 'object' && 'logitScale' in note ? (note as KnownLogits) : publishedLogits(name);
  const logits = files.model.kind === 'safetensors' ? undefined : noted; // the weights say it themselves
  return { name, source: 'hub', revision: snapshot.commit, folder: join(snapshot.folder, layoutRoot(snapshot.files)), files, logits };
}

async function chooseCached(repo: string, snapshot: CachedSnapshot, options: ResolveHubOptions): Promise<CheckpointFiles | undefined> {
  try {
    const root = layoutRoot(snapshot.files);
    if (root !== '') refuseOtherModules(repo, await readJsonIfThere(snapshot.folder, MODULES));
    const modelType = weightFamilyOf(await readJsonIfThere(join(snapshot.folder, root), 'config.json'));
    return chooseFiles(repo, belowRoot(snapshot.files, root), { dtype: options.dtype, onnx: options.onnx, modelType });
  } catch {
    return undefined; // not whole: the hub is asked, and says what is wrong if anything is
  }
}

async function hasModel(client: HubClient, listing: HubListing, options: ResolveHubOptions): Promise<boolean> {
  return isRunnable(ownPaths(listing), { ...options, modelType: await fetchModelType(client, listing) });
}

const pathsOf = (listing: HubListing): string[] => listing.files.map(({ path }) => path);

/** The files of the checkpoint, as paths inside its folder. */
const ownPaths = (listing: HubListing): string[] => belowRoot(pathsOf(listing), layoutRoot(pathsOf(listing)));

async function chooseListed(client: HubClient, listing: HubListing, options: ResolveHubOptions): Promise<CheckpointFiles> {
  try {
    return chooseFiles(listing.repo, ownPaths(listing), {
      dtype: options.dtype,
      onnx: options.onnx,
      modelType: await fetchModelType(client, listing),
    });
  } catch (error) {
    if (!(error instanceof PickleOnlyError)) throw error;
    throw new PickleOnlyError(listing.repo, error.file, await findSafetensorsRevision(options.settings, listing.repo, options.signal));
  }
}

/** Which family it is decides what is downloaded, so its configuration is looked at first. */
async function fetchModelType(client: HubClient, listing: HubListing): Promise<string | undefined> {
  const file = listing.files.find(({ path }) => path === `${layoutRoot(pathsOf(listing))}config.json`);
  if (!file || file.size === 0 || file.size > 1e6) return undefined;
  const bytes = await client.rangesOf(listing, file.path)(0, file.size);
  try {
    return weightFamilyOf(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined; // it is read again, and complained of, once it is on disk
  }
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
  return publishedLogits(asked.repo) ?? (origin === undefined ? undefined : publishedLogits(origin)) ?? readHubJointLogits(client, source);
}

function publishedLogits(repo: string): KnownLogits | undefined {
  const known = KNOWN_EXPORTS[repo] ?? KNOWN_EXPORTS[originOf(repo) ?? ''];
  return known && { logitScale: known.logitScale, logitBias: 0, source: 'published' };
}

const noteName = (repo: string, commit: string): string => `${repo.replaceAll('/', '--')}@${commit}.json`;
const notePath = (home: string, repo: string, commit: string): string => join(home, 'hub', noteName(repo, commit));
