import { open } from 'node:fs/promises';
import { LabelwiseError } from '../errors.js';
import { isWithin } from '../files/byte-path.js';
import { createLeftOutCount, type LeftOut, type LeftOutFile } from '../files/left-out.js';
import { isObjectAddress } from '../files/object-address.js';
import { HEIF_HEAD_BYTES, isAvif } from '../images/image-format.js';
import { readIndexFile } from '../store/current-images.js';
import type { FileRow, ImageIndex } from '../store/image-index.js';
import { matchSidecars } from '../xmp/find-sidecars.js';
import { isUnchanged } from './file-stamp.js';
import { findCompanions } from './find-companions.js';
import { findSeen } from './find-seen.js';
import { keepJoined, placeBeside, placeOf } from './keep-joined.js';
import { createSidecarReader, toFilesText } from './photo-facts.js';
import { FOLDERS, type Sources } from './source.js';
import { createVolumes, type Volumes } from './volumes.js';
import type { ListedSidecar, WalkedFile } from './walked-file.js';

export interface FindOptions {
  /** Let all rows go where a folder holds no images any more. */
  readonly allowEmpty?: boolean | undefined;
  /** More names to leave out, written as in .gitignore. */
  readonly exclude?: readonly string[] | undefined;
  /** Where the pictures of a root come from; folders by default. */
  readonly sources?: Sources | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWalk?: ((found: number) => void) | undefined;
}

/** A folder that is not there, or has lost all its images. Its rows stay as they are. */
export interface MissingFolder {
  readonly path: string;
  readonly error: LabelwiseError;
}

/** How folders differ from the index. */
export interface Changes {
  /** The rows of the index, by path. */
  readonly rows: ReadonlyMap<string, FileRow>;
  readonly files: readonly WalkedFile[];
  /** Files that are not surely as they were when they were read. */
  readonly changed: readonly WalkedFile[];
  /** Folders that cannot be read; what lies in them is taken to be as it was. */
  readonly closed: readonly WalkedFile[];
  readonly missing: readonly MissingFolder[];
  /** What was left out, without videos that turn out to be a part of photos. */
  readonly countLeftOut: (videos: readonly string[]) => LeftOut[];
  /** Videos that by their names belong to no photo. */
  readonly videos: readonly string[];
  /** Images that are a further file of another picture, such as the raw file of a JPEG. */
  readonly further: number;
  /** The folders that are not missing. */
  readonly roots: readonly string[];
  /** What is mounted in these folders, or was when it had images. */
  readonly inside: readonly string[];
  /** Paths with a row that no folder of the index sees any more, walked now or not. */
  readonly gone: readonly string[];
  readonly volumes: Volumes;
  /** Contents without the crops that they should have: their files are among the changed ones. */
  readonly lackingCrops: ReadonlySet<string>;
}

/** Walks the folders that are there and compares them with the index. */
export async function findChanges(wanted: readonly string[], index: ImageIndex, options: FindOptions): Promise<Changes> {
  const { rows, doubled } = await readRows(index);
  const volumes = createVolumes();
  const { walked, missing: absent, leftOut, sidecars } = await walkAll(wanted, volumes, options);
  await volumes.check();
  const { files, further, videos } = joinCompanions(
    joinSidecars(
      walked.filter((file) => !file.isFolder),
      sidecars,
    ),
    leftOut,
    rows,
  );
  const closed = walked.filter((file) => file.isFolder && file.fault?.kind !== 'gone');
  const rowsIn = (root: string): string[] => [...rows.keys()].filter((path) => isWithin(path, root));
  const isEmptied = (root: string): boolean => !options.allowEmpty && !walked.some((file) => isWithin(file.path, root));
  const emptied = without(wanted, absent).flatMap((root) => (isEmptied(root) ? toEmptied(root, rowsIn(root).length, leftOut) : []));
  const roots = without(wanted, [...absent, ...emptied]);
  const indexFile = await readIndexFile(index.database);
  const unmounted = indexFile.volumes.flatMap((path) => {
    const isInside = roots.some((root) => path !== root && isWithin(path, root));
    return isInside && isEmptied(path) ? toEmptied(path, rowsIn(path).length, leftOut) : [];
  });
  const isWalked = (path: string): boolean =>
    roots.some((root) => isWithin(path, root)) && ![...closed, ...unmounted].some((folder) => isWithin(path, folder.path));
  const present = new Set(files.map((file) => file.path));
  const again = [...doubled].filter((path) => present.has(path));
  await index.remove(again);
  for (const path of again) rows.delete(path);
  const lost = [...rows.keys()].filter((path) => isWalked(path) && !present.has(path));
  const others = [...indexFile.roots, ...wanted].filter((root) => !roots.includes(root));
  const seen = await findSeen(others, lost, { ...options, present });
  const lackingCrops = await index.hashesWithoutCrops();
  return {
    rows,
    files,
    closed,
    missing: [...absent, ...emptied, ...unmounted],
    inside: [...new Set([...volumes.paths().filter((path) => !wanted.includes(path)), ...unmounted.map(({ path }) => path)])],
    countLeftOut(taken) {
      const loose = new Set(videos);
      for (const path of taken) loose.delete(path);
      const count = createLeftOutCount();
      for (const file of leftOut) if (file.reason !== 'video' || loose.has(file.path)) count.add(file);
      return count.list();
    },
    videos,
    further,
    roots,
    changed: await findChanged(files, { rows, lackingCrops, sources: options.sources }),
    lackingCrops,
    gone: lost.filter((path) => !seen.has(path)),
    volumes,
  };
}

/** Each object with its sidecar. */
function joinSidecars(walked: readonly WalkedFile[], sidecars: ReadonlyMap<string, ListedSidecar>): WalkedFile[] {
  const matching = matchSidecars(
    walked.map(({ path }) => path),
    [...sidecars.keys()],
  );
  return walked.map((file) =>
    isObjectAddress(file.path) ? { ...file, sidecar: sidecars.get(matching.get(file.path) ?? '') ?? null } : file,
  );
}

/** Each picture with its further files; those that are images themselves are none of their own. Names tell, and what earlier runs found in the files. */
function joinCompanions(
  walked: readonly WalkedFile[],
  leftOut: readonly LeftOutFile[],
  rows: ReadonlyMap<string, FileRow>,
): { files: WalkedFile[]; further: number; videos: string[] } {
  const usable = walked.filter(({ fault }) => !fault);
  const videos = leftOut.filter(({ reason }) => reason === 'video').map(({ path }) => path);
  const { filesOf, further } = findCompanions(
    usable.map(({ path }) => path),
    videos,
  );
  const kept = keepJoined(usable, { rows, further, videos });
  const files = walked.flatMap((file) => {
    if (further.has(file.path) || kept.further.has(file.path)) return [];
    const companions = [...new Set([...(filesOf.get(file.path) ?? []), ...(kept.filesOf.get(file.path) ?? [])])].sort();
    return [companions.length > 0 ? { ...file, companions } : file];
  });
  const taken = new Set(files.flatMap(({ path, companions = [] }) => companions.map((name) => placeBeside(path, name))));
  return { files, further: further.size + kept.further.size, videos: videos.filter((path) => !taken.has(placeOf(path))) };
}

async function findChanged(
  files: readonly WalkedFile[],
  { rows, lackingCrops, sources = FOLDERS }: Pick<Changes, 'rows' | 'lackingCrops'> & Pick<FindOptions, 'sources'>,
): Promise<WalkedFile[]> {
  const changed: WalkedFile[] = [];
  const sidecars = createSidecarReader(sources);
  for (const file of files) {
    const row = rows.get(file.path);
    if (row && toFilesText(file.companions) !== (row.files ?? null)) changed.push(file);
    else if (lackingCrops.has(row?.content_hash ?? '')) changed.push(file);
    else if (!isUnchanged(file, row) || (row?.format === 'heic' && (await isAvifFile(file)))) changed.push(file);
    else if (row?.error_code === null && (lacksFacts(row) || (await sidecars.isChanged(file, row.sidecar ?? null)))) changed.push(file);
  }
  return changed;
}

/** Whether an earlier version wrote the row, which read no keywords: the file is read once more, and not encoded. */
const lacksFacts = (row: FileRow): boolean => (row.taken_at_source ?? null) === null;

/** Earlier versions recorded an AVIF whose own brand is `mif1` as HEIC. */
async function isAvifFile({ path, bytesPath }: WalkedFile): Promise<boolean> {
  if (isObjectAddress(path)) return false; // those versions read no buckets
  const file = await open(bytesPath).catch(() => undefined);
  if (!file) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEIF_HEAD_BYTES), 0, HEIF_HEAD_BYTES);
    return isAvif(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

const without = (roots: readonly string[], missing: readonly MissingFolder[]): string[] =>
  roots.filter((root) => !missing.some(({ path }) => path === root));

/** The rows by path. Should a path have two, as after two writers, both are to go and the file to be read again. */
async function readRows(index: ImageIndex): Promise<{ rows: Map<string, FileRow>; doubled: Set<string> }> {
  const rows = new Map<string, FileRow>();
  const doubled = new Set<string>();
  for (const row of await index.files()) {
    if (rows.has(row.path)) doubled.add(row.path);
    rows.set(row.path, row);
  }
  return { rows, doubled };
}

async function walkAll(
  roots: readonly string[],
  volumes: Volumes,
  { signal, exclude, sources = FOLDERS, onWalk }: FindOptions,
): Promise<{ walked: WalkedFile[]; missing: MissingFolder[]; leftOut: LeftOutFile[]; sidecars: Map<string, ListedSidecar> }> {
  const files = new Map<string, WalkedFile>();
  const leftOut = new Map<string, LeftOutFile>();
  const sidecars = new Map<string, ListedSidecar>();
  const missing: MissingFolder[] = [];
  for (const root of roots) {
    const source = sources(root);
    const found = await source.find(root);
    if (found instanceof LabelwiseError) {
      missing.push({ path: root, error: found });
      continue;
    }
    if (found.id) volumes.note(Buffer.from(root), found.id);
    for await (const file of source.walk(root, {
      ...{ signal, volumes, exclude },
      onLeftOut: (file) => leftOut.set(file.path, file),
      onSidecar: (sidecar) => sidecars.set(sidecar.path, sidecar),
    })) {
      if (file.fault && file.fault.kind !== 'lasting') await volumes.check();
      files.set(file.path, file);
      onWalk?.(files.size);
    }
  }
  return { walked: [...files.values()], missing, leftOut: [...leftOut.values()].filter(({ path }) => !files.has(path)), sidecars };
}

/** A folder that held images and is empty now is more likely a volume that is not mounted. */
function toEmptied(root: string, had: number, leftOut: readonly LeftOutFile[]): MissingFolder[] {
  if (had === 0) return [];
  const { by } = leftOut.find((file) => file.by !== undefined && isWithin(file.path, root)) ?? {};
  if (by !== undefined) {
    const reason = `${by} leaves out all images of ${root}; the ${had} that it held are in the index, and stay there.`;
    return [{ path: root, error: notFound(reason, `Correct ${by}, or use \`allowEmpty\` to remove the images.`) }];
  }
  const message = `${root} holds no images now; ${had} that it held are in the index, and stay there.`;
  return [
    {
      path: root,
      error: notFound(message, 'Check that its volume is mounted. If the images are gone for good, use `allowEmpty` to remove them.'),
    },
  ];
}

const notFound = (message: string, hint: string): LabelwiseError => new LabelwiseError('INPUT_NOT_FOUND', message, { hint });
