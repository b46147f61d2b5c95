import { LabelwiseError } from '../errors.js';
import { isWithin } from '../files/byte-path.js';
import { createLeftOutCount, type LeftOut, type LeftOutFile } from '../files/left-out.js';
import { findCompanions } from './find-companions.js';
import { placeBeside, placeOf } from './keep-joined.js';
import { FOLDERS, type Sources } from './source.js';

export interface LeftOutReport {
  readonly files: readonly LeftOutFile[];
  readonly counts: readonly LeftOut[];
  /** Folders that are not there now. */
  readonly missing: readonly string[];
  /** Folders and what was mounted in them, without an image now. */
  readonly empty: readonly string[];
}

export interface LeftOutOptions {
  readonly sources?: Sources | undefined;
  /** The further files of pictures in the index, by their paths: names on lines. */
  readonly joined?: ReadonlyMap<string, string> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Walks the folders of an index and gives what the next run would leave out. */
export async function findLeftOut(
  { roots, volumes, exclude }: Readonly<Record<'roots' | 'volumes' | 'exclude', readonly string[]>>,
  { sources = FOLDERS, joined = new Map(), signal }: LeftOutOptions = {},
): Promise<LeftOutReport> {
  const files = new Map<string, LeftOutFile>();
  const images = new Set<string>();
  const missing: string[] = [];
  for (const root of roots) {
    const source = sources(root);
    if ((await source.find(root)) instanceof LabelwiseError) missing.push(root);
    else
      for await (const { path } of source.walk(root, { exclude, signal, onLeftOut: (file) => files.set(file.path, file) }))
        images.add(path);
  }
  const count = createLeftOutCount();
  const taken = videosOfPhotos([...images], [...files.values()], joined);
  const left = [...files.values()].filter(({ path }) => !images.has(path) && !taken.has(path)); // one folder may take what another leaves out
  for (const file of left) count.add(file);
  const empty = [...roots, ...volumes].filter((folder) => !missing.includes(folder) && ![...images].some((path) => isWithin(path, folder)));
  return { files: left, counts: count.list(), missing, empty };
}

/** The videos that are the moving part of live photos, by their names or by what the index has read. */
function videosOfPhotos(images: readonly string[], leftOut: readonly LeftOutFile[], joined: ReadonlyMap<string, string>): Set<string> {
  const videos = leftOut.filter(({ reason }) => reason === 'video').map(({ path }) => path);
  if (videos.length === 0) return new Set();
  const places = new Set<string>();
  for (const [path, names] of findCompanions(images, videos).filesOf) for (const name of names) places.add(placeBeside(path, name));
  for (const [path, names] of joined) for (const name of names.split('\n')) places.add(placeBeside(path, name));
  return new Set(videos.filter((path) => places.has(placeOf(path))));
}
