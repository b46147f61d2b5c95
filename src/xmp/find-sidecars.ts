import { readdir } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
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
 * Finds sidecars under either name, so that an image does not get a second one. Each folder is read once, and what a killed export left in
 * it is deleted.
 *
 * @param preferred the name of new sidecars, and of the one to use where an image has both
 * @throws LabelwiseError `INPUT_UNREADABLE` for a folder that cannot be listed: a second sidecar could be made there
 */
export function createSidecarFinder(preferred: SidecarName, { isDryRun = false } = {}): (image: string) => Promise<SidecarPlace> {
  const folders = new Map<string, Promise<FolderNames>>();
  const names = [preferred, ...SIDECAR_NAMES.filter((name) => name !== preferred)];
  const read = async (folder: string): Promise<FolderNames> => {
    const bytes = Buffer.from(folder, 'latin1');
    const entries = await namesIn(bytes);
    if (!isDryRun) await removeLeftovers(bytes, entries);
    return sortNames(entries);
  };
  return async (image) => {
    const file = toPathBytes(image).toString('latin1'); // a letter a byte, whatever the name is written in
    const folder = dirname(file);
    if (!folders.has(folder)) folders.set(folder, read(folder));
    const found = (await folders.get(folder)) as FolderNames;
    const start = file.slice(0, file.length - basename(file).length);
    for (const name of names) {
      const sidecar = findSidecar(found, name, stemOf(basename(file), name));
      if (sidecar !== undefined) return { path: toText(start + sidecar), name, exists: true };
    }
    return { path: toText(`${stemOf(file, preferred)}.xmp`), name: preferred, exists: false };
  };
}

/** The sidecars of images among names that a listing gave, by the image: as `createSidecarFinder` finds them in a folder. */
export function matchSidecars(images: readonly string[], sidecars: readonly string[]): Map<string, string> {
  const entries = new Map<string, string[]>();
  for (const sidecar of sidecars) {
    const names = entries.get(dirname(sidecar)) ?? [];
    entries.set(dirname(sidecar), names);
    names.push(basename(sidecar));
  }
  for (const image of images) entries.get(dirname(image))?.push(basename(image));
  const folders = new Map([...entries].map(([folder, names]) => [folder, sortNames(names)]));
  const matching = new Map<string, string>();
  for (const image of images) {
    const found = folders.get(dirname(image));
    if (!found) continue;
    const names = SIDECAR_NAMES.map((name) => findSidecar(found, name, stemOf(basename(image), name)));
    const sidecar = names.find((name) => name !== undefined);
    if (sidecar !== undefined) matching.set(image, image.slice(0, image.length - basename(image).length) + sidecar);
  }
  return matching;
}

/** What is in a folder, by names in lower case. */
interface FolderNames {
  readonly sidecars: ReadonlyMap<string, readonly string[]>;
  /** What the sidecars of the other files are named after. */
  readonly stems: Readonly<Record<SidecarName, ReadonlyMap<string, ReadonlySet<string>>>>;
}

function sortNames(entries: readonly string[]): FolderNames {
  const sidecars = new Map<string, string[]>();
  const stems = { 'photo.jpg.xmp': new Map<string, Set<string>>(), 'photo.xmp': new Map<string, Set<string>>() };
  for (const entry of [...entries].sort()) {
    if (ENDING.test(entry)) {
      const key = toLower(entry.replace(ENDING, ''));
      sidecars.set(key, [...(sidecars.get(key) ?? []), entry]);
    } else {
      for (const name of SIDECAR_NAMES) {
        const stem = stemOf(entry, name);
        const key = toLower(stem);
        stems[name].set(key, (stems[name].get(key) ?? new Set()).add(stem));
      }
    }
  }
  return { sidecars, stems };
}

/**
 * Letter case counts only where several images differ in nothing else. Other systems take photo.JPG.xmp for the sidecar of photo.jpg, and
 * of two sidecars whose names differ in case alone, one is lost when the folder is copied back there.
 */
function findSidecar({ sidecars, stems }: FolderNames, name: SidecarName, stem: string): string | undefined {
  const matching = sidecars.get(toLower(stem)) ?? [];
  const exact = matching.filter((sidecar) => sidecar.replace(ENDING, '') === stem);
  const isAlone = [...(stems[name].get(toLower(stem)) ?? [])].every((other) => other === stem);
  return exact.find((sidecar) => sidecar.endsWith('.xmp')) ?? exact[0] ?? (isAlone ? matching[0] : undefined);
}

async function namesIn(folder: Buffer): Promise<string[]> {
  try {
    return (await readdir(folder, { encoding: 'buffer' })).map((name) => name.toString('latin1'));
  } catch (cause) {
    if (hasSystemCode(cause, 'ENOENT')) return [];
    throw new LabelwiseError('INPUT_UNREADABLE', `The folder ${toPathText(folder)} cannot be searched for sidecars: ${messageOf(cause)}.`, {
      hint: 'Check its permissions.',
      cause,
    });
  }
}

const ENDING = /\.xmp$/i;

/** ASCII alone: the letters are bytes of any encoding. */
const toLower = (name: string): string => name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

const stemOf = (file: string, name: SidecarName): string =>
  name === 'photo.jpg.xmp' ? file : file.slice(0, file.length - extname(file).length);

const toText = (latin1: string): string => toPathText(Buffer.from(latin1, 'latin1'));
