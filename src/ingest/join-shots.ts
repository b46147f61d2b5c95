import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toPathBytes } from '../files/byte-path.js';
import { isObjectAddress } from '../files/object-address.js';
import type { RangeReader } from '../files/range-reader.js';
import { type AppleNote, readAppleNote } from '../images/apple-note.js';
import { readLiveId } from '../images/live-video.js';
import type { FileRow } from '../store/image-index.js';
import type { ImageRow } from '../store/image-table-schema.js';
import { nameOf } from './find-companions.js';

/** A burst lasts seconds; clocks of its shots agree. */
const BURST_MS = 60_000;
/** Where the EXIF part of an iPhone's JPEG and HEIC ends at the latest. */
const HEAD_BYTES = 2 ** 18;

/** A photo that was read: what says which other files are the same picture. */
export interface ReadShot {
  readonly path: string;
  readonly takenAt: string | undefined;
  readonly note: AppleNote;
}

/** Joins the files of one picture that only their contents tell: the shots of an iPhone's burst, and live photos whose video has another name. */
export interface ShotJoiner {
  /** Whether a photo is a further shot of a burst. The first that is read, or is in the index, stands for all of a folder. */
  isFurther(shot: ReadShot): Promise<boolean>;
  /** Takes each row that was made. */
  note(row: ImageRow): void;
  /** Shots whose first one could not be used after all: they are to be read again. */
  takeOrphans(): string[];
  /** Further files by the path of their picture: names in its folder. */
  joined(): ReadonlyMap<string, readonly string[]>;
  /** The rows of pictures that got further files, as they were made in this run. */
  readonly made: ReadonlyMap<string, ImageRow>;
  /** The paths that are no picture of their own: shots, and videos that were taken for others. */
  further(): { readonly shots: readonly string[]; readonly videos: readonly string[] };
}

/** @param videos those that by their names belong to no photo */
export function createShotJoiner(rows: ReadonlyMap<string, FileRow>, videos: readonly string[]): ShotJoiner {
  const covers = new Map<string, { readonly path: string; readonly takenAt: string | undefined }[]>();
  const shotsOf = new Map<string, string[]>();
  const videoOf = new Map<string, string>();
  const made = new Map<string, ImageRow>();
  const findCover = createCoverFinder(rows);
  const findVideo = createVideoFinder(videos);
  return {
    made,
    async isFurther(shot) {
      const { path, note } = shot;
      const video = note.live === undefined ? undefined : await findVideo(path, note.live);
      if (video !== undefined) videoOf.set(path, video);
      if (note.burst === undefined) return false;
      const key = `${dirname(path)}\n${note.burst}`;
      const known = covers.get(key) ?? [];
      const sameMoment = known.find(({ takenAt }) => isSameMoment(takenAt, shot.takenAt));
      const cover = sameMoment?.path ?? (await findCover(shot)) ?? path;
      if (!sameMoment) covers.set(key, [...known, { path: cover, takenAt: shot.takenAt }]);
      const shots = shotsOf.get(cover) ?? [];
      shotsOf.set(cover, shots);
      if (cover !== path) shots.push(path);
      return cover !== path;
    },
    note(row) {
      if (videoOf.has(row.path) || shotsOf.has(row.path)) made.set(row.path, row);
    },
    takeOrphans() {
      const orphans: string[] = [];
      for (const [key, known] of covers) {
        const lost = known.filter(({ path }) => isFailed(made.get(path)));
        for (const { path } of lost) orphans.push(...(shotsOf.get(path) ?? []));
        for (const { path } of lost) shotsOf.delete(path);
        covers.set(key, without(known, lost));
      }
      return orphans;
    },
    joined() {
      const names = new Map([...shotsOf].flatMap(([cover, shots]) => (shots.length > 0 ? [[cover, shots.map(nameOf)] as const] : [])));
      for (const [photo, video] of videoOf)
        if (made.has(photo) && !isFailed(made.get(photo))) names.set(photo, [...(names.get(photo) ?? []), nameOf(video)]);
      return names;
    },
    further: () => ({ shots: [...shotsOf.values()].flat(), videos: [...new Set(videoOf.values())] }),
  };
}

const isFailed = (row: ImageRow | undefined): boolean => row !== undefined && row.error_code !== null;

/** Finds the picture of the index that a new shot belongs to. Rows do not know their bursts: photos of the same moment are looked at once more. */
function createCoverFinder(rows: ReadonlyMap<string, FileRow>): (shot: ReadShot) => Promise<string | undefined> {
  let byFolder: Map<string, FileRow[]> | undefined;
  const burstOf = new Map<string, string | undefined>();
  return async ({ path, takenAt, note }) => {
    byFolder ??= groupByFolder([...rows.values()].filter(({ camera, error_code: code }) => code === null && isApple(camera)));
    for (const row of byFolder.get(dirname(path)) ?? []) {
      if (row.path === path || !isSameMoment(row.taken_at, takenAt)) continue;
      if (!burstOf.has(row.path)) burstOf.set(row.path, (await readHeadNote(row.path)).burst);
      if (burstOf.get(row.path) !== note.burst) continue;
      return rows.has(path) && path < row.path ? undefined : row.path; // of two pictures of the index the first stays, whichever is read first
    }
    return undefined;
  };
}

/** Finds the video of a live photo in its folder, by what the two share. */
function createVideoFinder(videos: readonly string[]): (photo: string, live: string) => Promise<string | undefined> {
  const local = groupByFolder(videos.filter((path) => !isObjectAddress(path)).map((path) => ({ path })));
  const idsOf = new Map<string, Map<string, string>>();
  return async (photo, live) => {
    const folder = dirname(photo);
    const ids = idsOf.get(folder) ?? new Map<string, string>();
    if (!idsOf.has(folder)) {
      idsOf.set(folder, ids);
      for (const { path } of local.get(folder) ?? []) {
        const id = await readVideoId(path);
        if (id !== undefined && !ids.has(id)) ids.set(id, path);
      }
    }
    return ids.get(live);
  };
}

export const isApple = (camera: string | null | undefined): boolean => /^(?:Apple|iPhone|iPad)\b/.test(camera ?? '');

const without = <T>(all: readonly T[], some: readonly T[]): T[] => all.filter((one) => !some.includes(one));

const isSameMoment = (a: string | null | undefined, b: string | undefined): boolean =>
  typeof a === 'string' && b !== undefined && Math.abs(Date.parse(a) - Date.parse(b)) <= BURST_MS;

function groupByFolder<T extends { readonly path: string }>(files: readonly T[]): Map<string, T[]> {
  const folders = new Map<string, T[]>();
  for (const file of files) {
    const folder = dirname(file.path);
    const inIt = folders.get(folder) ?? [];
    folders.set(folder, inIt);
    inIt.push(file);
  }
  return folders;
}

const readHeadNote = (path: string): Promise<AppleNote> =>
  withRanges(path, async (read) => readAppleNote(await read(0, HEAD_BYTES))).then((note) => note ?? {});

const readVideoId = (path: string): Promise<string | undefined> => withRanges(path, readLiveId);

/** A file that cannot be read says nothing. */
async function withRanges<T>(path: string, use: (read: RangeReader, size: number) => Promise<T>): Promise<T | undefined> {
  if (isObjectAddress(path)) return undefined;
  const file = await open(toPathBytes(path)).catch(() => undefined);
  if (!file) return undefined;
  try {
    const read: RangeReader = async (offset, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    };
    const stats = await file.stat();
    return stats.isFile() ? await use(read, stats.size) : undefined;
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
