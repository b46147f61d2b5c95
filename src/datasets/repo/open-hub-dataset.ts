import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LabelwiseError } from '../../errors.js';
import { readJsonIfThere, writeJsonNote } from '../../files/json-file.js';
import { type DownloadFilesOptions, downloadFiles } from '../../hub/download-files.js';
import { readSnapshot, repoFolder, writeRef } from '../../hub/hub-cache.js';
import { createHubClient } from '../../hub/hub-client.js';
import type { Surroundings } from '../../hub/surroundings.js';
import { notFound } from '../dataset-errors.js';
import { listFiles } from '../list-files.js';
import type { OpenDatasetOptions } from '../open-options.js';
import type { OpenedDataset } from '../opened-dataset.js';
import { type DatasetCard, parseDatasetCard } from './dataset-card.js';
import { type ChosenSplit, chooseSplit, readLayout } from './layout.js';
import { openChosen } from './open-parquet-folder.js';

type Options = OpenDatasetOptions & Surroundings;

/** What a repository holds at one commit, kept beside the cache so that a later run knows it without asking. */
const noteSchema = z.object({ paths: z.array(z.string()) });

/**
 * A data set of the hub: the README and the Parquet files of one split, from the cache where they are there, else downloaded.
 * As with models, what is cached is used without asking the hub; `refresh` asks.
 */
export async function openHubDataset(name: string, options: Options): Promise<OpenedDataset> {
  const settings = options.hub;
  const revision = options.revision ?? 'main';
  const cached = options.refresh ? undefined : await findCached(name, settings.cacheDir, revision, options);
  if (cached) return openChosen({ ...cached, name }, cached.chosen, options);
  if (settings.isOffline) {
    throw new LabelwiseError(
      'HUB_OFFLINE',
      `The data set ${name}@${revision} is incomplete in ${settings.cacheDir}, and HF_HUB_OFFLINE is set.`,
      {
        hint: 'Unset HF_HUB_OFFLINE and run the same command again, or name a data set on disk.',
      },
    );
  }
  const repo = `datasets/${name}`;
  const client = createHubClient(settings, options.signal);
  const listing = await client.list(repo, revision);
  const { signal, refresh, onDownload } = options;
  const download: DownloadFilesOptions = { settings, signal, refresh, onDownload };
  const paths = listing.files.map(({ path }) => path);
  const folder = join(repoFolder(settings.cacheDir, repo), 'snapshots', listing.commit);
  if (paths.includes('README.md')) await downloadFiles(client, listing, ['README.md'], { ...download, onDownload: undefined });
  await writeJsonNote(notePath(options.home, name, listing.commit), { paths });
  const { card, chosen } = await choose(name, folder, paths, options);
  await downloadFiles(client, listing, chosen.paths, download);
  await writeRef(settings.cacheDir, repo, revision, listing.commit);
  return openChosen({ name, folder, revision: listing.commit, card }, chosen, options);
}

/** What is cached of the split, if all of it is. Python's downloads leave no note: then the files that are there have to do. */
async function findCached(name: string, cacheDir: string, revision: string, options: Options) {
  const snapshot = await readSnapshot(cacheDir, `datasets/${name}`, revision);
  if (!snapshot) return undefined;
  const { folder, commit } = snapshot;
  const note = noteSchema.safeParse(await readJsonIfThere(join(options.home, 'hub'), noteName(name, commit)).catch(() => undefined)).data;
  try {
    const { card, chosen } = await choose(name, folder, note?.paths ?? (await listFiles(folder)).map(({ path }) => path), options);
    const found = await Promise.all(chosen.paths.map((path) => stat(join(folder, path)).catch(() => undefined)));
    return found.includes(undefined) ? undefined : { folder, revision: commit, card, chosen };
  } catch (error) {
    if (note && error instanceof LabelwiseError) throw error; // all that there is was looked at
    return undefined; // the hub is asked, and says what is wrong if anything is
  }
}

async function choose(
  name: string,
  folder: string,
  paths: readonly string[],
  options: Options,
): Promise<{ card: DatasetCard; chosen: ChosenSplit }> {
  const readme = paths.includes('README.md') ? await readFile(join(folder, 'README.md'), 'utf8') : '';
  const card = await parseDatasetCard(readme, options.onWarning);
  const layout = readLayout(paths, card.configs);
  if (layout.length === 0) {
    throw notFound(
      `The data set ${name} on the hub has no Parquet files${options.revision === undefined ? '' : ` at ${options.revision}`}.`,
      'The hub holds many data sets converted to Parquet: set `revision` to refs/convert/parquet. Otherwise download it and name its folder.',
    );
  }
  return { card, chosen: chooseSplit(layout, name, options) };
}

const noteName = (name: string, commit: string): string => `datasets--${name.replaceAll('/', '--')}@${commit}.json`;
const notePath = (home: string, name: string, commit: string): string => join(home, 'hub', noteName(name, commit));
