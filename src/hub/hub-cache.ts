import { copyFile, readdir, readFile, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { makeFolder } from '../files/make-folder.js';
import { writeAtomically } from '../files/write-atomically.js';

/** A snapshot in the cache: the folder of one commit, in the layout that Python's huggingface_hub shares. */
export interface CachedSnapshot {
  readonly commit: string;
  readonly folder: string;
  readonly files: readonly string[];
}

/** The folder of a repository in the cache: models--owner--name, or datasets--owner--name for `datasets/owner/name`. */
export function repoFolder(cacheDir: string, repo: string): string {
  const isDataset = /^datasets\/.+\/.+/.test(repo);
  return join(cacheDir, `${isDataset ? '' : 'models--'}${repo.replaceAll('/', '--')}`);
}

export function blobPath(cacheDir: string, repo: string, blobName: string): string {
  return join(repoFolder(cacheDir, repo), 'blobs', blobName);
}

/** What is cached of a revision (a branch, tag or commit), or undefined. */
export async function readSnapshot(cacheDir: string, repo: string, revision: string): Promise<CachedSnapshot | undefined> {
  const root = repoFolder(cacheDir, repo);
  const commit = /^[0-9a-f]{40}$/.test(revision) ? revision : await readFile(join(root, 'refs', revision), 'utf8').catch(() => undefined);
  if (commit === undefined) return undefined;
  const folder = join(root, 'snapshots', commit.trim());
  const files = await listFolder(folder).catch(() => undefined);
  return files && { commit: commit.trim(), folder, files };
}

/** Notes that a branch or tag stands for this commit. */
export async function writeRef(cacheDir: string, repo: string, revision: string, commit: string): Promise<void> {
  if (revision === commit) return;
  const path = join(repoFolder(cacheDir, repo), 'refs', revision);
  await makeFolder(dirname(path));
  await writeAtomically(path, commit);
}

/** Puts a blob into a snapshot under its path: a relative link, or a copy where links cannot be made. */
export async function linkIntoSnapshot(cacheDir: string, repo: string, commit: string, path: string, blobName: string): Promise<void> {
  const target = join(repoFolder(cacheDir, repo), 'snapshots', commit, ...path.split('/'));
  const blob = blobPath(cacheDir, repo, blobName);
  const link = relative(dirname(target), blob);
  if ((await readlink(target).catch(() => undefined)) === link) return; // another process may be reading through it
  await makeFolder(dirname(target));
  const unfinished = `${target}.${process.pid}`;
  await rm(unfinished, { force: true });
  await symlink(link, unfinished).catch(() => copyFile(blob, unfinished));
  await rename(unfinished, target);
}

/** The blob's name behind a snapshot's link: a content hash, at no cost. */
export async function contentHashOf(path: string): Promise<string | undefined> {
  const target = await readlink(path).catch(() => undefined);
  const name = target === undefined ? '' : basename(target);
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name) ? name : undefined;
}

/** The files of a folder and of the folders in it (a checkpoint goes no deeper) whose bytes are there, as paths with slashes. */
export async function listFolder(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const isFolder = entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules';
    const names = isFolder ? (await readdir(join(folder, entry.name))).map((name) => `${entry.name}/${name}`) : [entry.name];
    for (const name of names) if (await isFile(join(folder, name))) paths.push(name);
  }
  return paths.sort();
}

/** Follows links: one that leads nowhere is no file. */
async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
