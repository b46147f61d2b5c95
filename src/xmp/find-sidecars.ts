import { readdir } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { toPathBytes, toPathText } from '../files/byte-path.js';
import { removeLeftovers } from '../files/temporary-file.js';

/** How a sidecar is named: after the whole file name (digiKam, darktable) or in place of its ending (Lightroom, Bridge). */
export const SIDECAR_NAMES = ['photo.jpg.xmp', 'photo.xmp'] as const;
export type SidecarName = (typeof SIDECAR_NAMES)[number];

/** Where the sidecar of an image is, or where a new one goes. */
export interface SidecarPlace {
  readonly path: string;
  readonly name: SidecarName;
  readonly exists: boolean;
}

/**
 * Finds sidecars under either name, with `.xmp` in any case, so that an image does not get a second one. Each folder is read once, and what
 * a killed export left in it is deleted.
 *
 * @param preferred the name of new sidecars, and of the one to use where an image has both
 */
export function createSidecarFinder(preferred: SidecarName, { isDryRun = false } = {}): (image: string) => Promise<SidecarPlace> {
  const folders = new Map<string, Promise<string[]>>();
  const names = [preferred, ...SIDECAR_NAMES.filter((name) => name !== preferred)];
  const read = async (folder: string): Promise<string[]> => {
    const bytes = Buffer.from(folder, 'latin1');
    const found = (await readdir(bytes, { encoding: 'buffer' }).catch(() => [])).map((name) => name.toString('latin1'));
    if (!isDryRun) await removeLeftovers(bytes, found);
    return found.filter((name) => /\.xmp$/i.test(name)).sort();
  };
  return async (image) => {
    const file = toPathBytes(image).toString('latin1'); // a letter a byte, whatever the name is written in
    const folder = dirname(file);
    if (!folders.has(folder)) folders.set(folder, read(folder));
    const sidecars = (await folders.get(folder)) as string[];
    const start = file.slice(0, file.length - basename(file).length);
    for (const name of names) {
      const stem = basename(stemOf(file, name));
      const matching = sidecars.filter((sidecar) => sidecar.slice(0, -'.xmp'.length) === stem);
      const found = matching.find((sidecar) => sidecar.endsWith('.xmp')) ?? matching[0];
      if (found !== undefined) return { path: toText(start + found), name, exists: true };
    }
    return { path: toText(`${stemOf(file, preferred)}.xmp`), name: preferred, exists: false };
  };
}

const stemOf = (file: string, name: SidecarName): string =>
  name === 'photo.jpg.xmp' ? file : file.slice(0, file.length - extname(file).length);

const toText = (latin1: string): string => toPathText(Buffer.from(latin1, 'latin1'));
