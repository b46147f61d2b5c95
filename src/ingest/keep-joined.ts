import { dirname } from 'node:path';
import type { FileRow } from '../store/image-index.js';
import { isUnchanged } from './file-stamp.js';
import { nameOf } from './find-companions.js';
import { isApple } from './join-shots.js';
import type { WalkedFile } from './walked-file.js';

/** A further file of a picture: in its folder, by its name as it is stored. */
export const placeBeside = (path: string, name: string): string => `${dirname(path)}\n${name}`;

/** A file by its folder and its name as it is stored. */
export const placeOf = (path: string): string => placeBeside(path, nameOf(path));

interface Known {
  readonly rows: ReadonlyMap<string, FileRow>;
  /** Images that are further files by their names. */
  readonly further: ReadonlySet<string>;
  readonly videos: readonly string[];
}

/**
 * What earlier runs read in the files: which shots and videos belong to a photo of the index. It holds while neither the photo nor the shot has
 * changed; else both are read again.
 */
export function keepJoined(
  images: readonly WalkedFile[],
  { rows, further, videos }: Known,
): { readonly filesOf: ReadonlyMap<string, readonly string[]>; readonly further: ReadonlySet<string> } {
  const filesOf = new Map<string, string[]>();
  const kept = new Set<string>();
  const covers = images.flatMap((file) => {
    const row = rows.get(file.path);
    return row?.files && isApple(row.camera) && isUnchanged(file, row) ? [{ path: file.path, row, names: row.files.split('\n') }] : [];
  });
  if (covers.length === 0) return { filesOf, further: kept };
  const byPlace = new Map(images.map((file) => [placeOf(file.path), file]));
  const videoPlaces = new Set(videos.map(placeOf));
  for (const { path, row, names } of covers) {
    for (const name of names) {
      const place = placeBeside(path, name);
      const shot = byPlace.get(place);
      const isShot = shot && !further.has(shot.path) && !rows.has(shot.path) && shot.ctime < row.checked_at && SHOT.test(name);
      if (isShot) kept.add(shot.path);
      if (isShot || videoPlaces.has(place)) filesOf.set(path, [...(filesOf.get(path) ?? []), name]);
    }
  }
  return { filesOf, further: kept };
}

/** Raw files belong to a JPEG by their names alone. */
const SHOT = /\.(?:jpe?g|hei[cf])$/i;
