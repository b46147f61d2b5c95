import { basename, dirname, extname } from 'node:path';
import { toPathBytes, toPathText } from '../files/byte-path.js';
import { RAW_EXTENSIONS } from '../files/image-names.js';

/** Further files of pictures: names beside the picture, and the paths of images that are no picture of their own. */
export interface Companions {
  /** By the picture's path: the names of its other files, in order. */
  readonly filesOf: ReadonlyMap<string, readonly string[]>;
  /** Images that are a further file of another one. */
  readonly further: ReadonlySet<string>;
}

/** PXL_20240601_120000_BURST-01.COVER.jpg, IMG_20240601_120000_BURST2.jpg, 00001IMG_00001_BURST20240601120000_COVER.jpg: what shots of a burst share. */
const BURST = /^(?:\d{5})?(.*?)(?:_\d{5})?_BURST-?(\d{10,}|(?=\d{1,3}(?:\D|$)))/i;
const VIDEOS = ['.mov', '.mp4'];

/**
 * Finds which files of a folder are one picture: a raw file and the JPEG (or HEIC) of the same name, the video of a live photo, the shots of a
 * burst whose names say so. The picture is the JPEG, the photo, the burst's cover or its first shot.
 */
export function findCompanions(images: readonly string[], videos: readonly string[]): Companions {
  const filesOf = new Map<string, string[]>();
  const further = new Set<string>();
  const add = (picture: string, other: string): void => {
    const files = filesOf.get(picture) ?? [];
    filesOf.set(picture, files);
    files.push(nameOf(other));
  };
  for (const shots of groupBy(images, burstOf)) {
    const [cover, ...others] = shots.sort((a, b) => Number(isCover(b)) - Number(isCover(a)) || (a < b ? -1 : 1));
    for (const other of others) {
      add(cover as string, other);
      further.add(other);
    }
  }
  const pictures = images.filter((path) => !further.has(path));
  for (const alike of groupBy(pictures, stemOf)) {
    const developed = alike.filter((path) => !isRaw(path));
    if (developed.length !== 1) continue; // a.jpg and a.png beside a.cr2: nobody knows which of them it became
    for (const raw of alike.filter(isRaw)) {
      add(developed[0] as string, raw);
      further.add(raw);
    }
  }
  const byStem = new Map(pictures.filter((path) => !further.has(path)).map((path) => [stemOf(path), path]));
  for (const video of videos) {
    const picture = VIDEOS.includes(extname(video).toLowerCase()) ? byStem.get(stemOf(video)) : undefined;
    if (picture !== undefined && /\.(?:heic|heif|jpe?g)$/i.test(picture)) add(picture, video);
  }
  for (const files of filesOf.values()) files.sort();
  return { filesOf, further };
}

const asBytes = (path: string): string => toPathBytes(path).toString('latin1');
/** The name of a further file as it is stored. */
export const nameOf = (path: string): string => toPathText(Buffer.from(basename(asBytes(path)), 'latin1')).replace(/\n/g, ' ');
const isRaw = (path: string): boolean => RAW_EXTENSIONS.includes(extname(path).slice(1).toLowerCase());
const isCover = (path: string): boolean => /cover/i.test(basename(path));

/** The path without its ending: what the files of one picture share. */
function stemOf(path: string): string {
  const bytes = asBytes(path);
  return bytes.slice(0, bytes.length - extname(bytes).length);
}

function burstOf(path: string): string | undefined {
  const bytes = asBytes(path);
  const [, name = '', number = ''] = BURST.exec(basename(bytes)) ?? [];
  return name + number === '' ? undefined : `${dirname(bytes)}/${name} ${number}`;
}

/** Groups of two and more. */
function groupBy(paths: readonly string[], keyOf: (path: string) => string | undefined): string[][] {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const key = keyOf(path);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), path]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}
