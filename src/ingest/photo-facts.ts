import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { PhotoFacts } from '../core/collection.js';
import { toPathBytes } from '../files/byte-path.js';
import { isObjectAddress } from '../files/object-address.js';
import { readRegularText } from '../files/read-regular-file.js';
import { dateInName } from '../images/photo-dates.js';
import { joinFacts, NO_PHOTO_FACTS } from '../images/read-photo-facts.js';
import { createSidecarFinder } from '../xmp/find-sidecars.js';
import { readSidecarFacts } from '../xmp/read-facts.js';
import type { Source, Sources } from './source.js';
import type { WalkedFile } from './walked-file.js';

/** What a sidecar says of a photo, and what tells later whether it says something else. */
export interface ReadSidecar {
  readonly facts: PhotoFacts;
  /** When the file was last changed, in milliseconds since 1970, and a hash of what it says: "1717252200123.4 0a1b2c3d". */
  readonly stamp: string;
}

const hashOf = (facts: PhotoFacts): string => createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 8);
const SAYS_NOTHING = hashOf(NO_PHOTO_FACTS);

/** More than the largest sidecars that are known, with masks and histories. */
const MAX_BYTES = 16 * 2 ** 20;

/** Reads the sidecars of photos, each folder listed once. Without one, or where it cannot be read, there is nothing to say. */
export interface SidecarReader {
  read(file: Named): Promise<ReadSidecar | undefined>;
  /** Whether the sidecar says something else than when `stamp` was taken; null: there was none. */
  isChanged(file: Named, stamp: string | null): Promise<boolean>;
}

type Named = Pick<WalkedFile, 'path' | 'sidecar'>;

/** A sidecar that is there. */
interface Found {
  readonly changedAt: string;
  /** Rejects where a store does not give it just now. */
  text(): Promise<string>;
}

export function createSidecarReader(sources: Sources): SidecarReader {
  const find = createSidecarFinder('photo.jpg.xmp', { isDryRun: true });
  const lookInFolder = async (path: string): Promise<Found | undefined> => {
    const place = await find(path).catch(() => undefined);
    if (!place?.exists) return undefined;
    const bytes = toPathBytes(place.path);
    const stats = await stat(bytes).catch(() => undefined);
    if (!stats?.isFile()) return undefined;
    return { changedAt: `${stats.ctimeMs}`, text: async () => (stats.size > MAX_BYTES ? '' : readRegularText(bytes).catch(() => '')) };
  };
  const look = (file: Named): Promise<Found | undefined> =>
    isObjectAddress(file.path) ? lookInBucket(file, sources(file.path)) : lookInFolder(file.path);
  const read = async (file: Named): Promise<ReadSidecar | undefined> => {
    try {
      const found = await look(file);
      if (!found) return undefined;
      const facts = readSidecarFacts(await found.text());
      return { facts, stamp: `${found.changedAt} ${hashOf(facts)}` };
    } catch {
      return undefined; // without a stamp, the next run reads it again
    }
  };
  return {
    read,
    async isChanged(file, stamp) {
      const found = await look(file).catch(() => undefined);
      const [changedAt, hash] = stamp?.split(' ') ?? [undefined, SAYS_NOTHING];
      if (found !== undefined && changedAt === found.changedAt) return false;
      // our own exports make, change and delete sidecars that say the same as before: then the photo is not read again
      const now = found === undefined ? SAYS_NOTHING : (await read(file))?.stamp.split(' ')[1];
      return now !== hash;
    },
  };
}

/** As the listing said; an object that was not listed may have one under either name. */
async function lookInBucket({ path, sidecar }: Named, source: Source): Promise<Found | undefined> {
  if (sidecar === null) return undefined;
  if (sidecar) return { changedAt: sidecar.changedAt, text: async () => (await source.readSidecar?.(sidecar.path, MAX_BYTES))?.text ?? '' };
  for (const name of [`${path}.xmp`, `${path.slice(0, path.length - extname(path).length)}.xmp`]) {
    const found = await source.readSidecar?.(name, MAX_BYTES);
    if (found) return { changedAt: found.changedAt, text: async () => found.text };
  }
  return undefined;
}

/** All that is known of a photo: what it says itself, then its sidecar; its date at last from its name, or from when the file was changed. */
export function toPhotoFacts(
  { path, mtime }: { readonly path: string; readonly mtime: number },
  embedded: PhotoFacts,
  sidecar: PhotoFacts = NO_PHOTO_FACTS,
): PhotoFacts {
  const { rating, title, caption } = joinFacts(sidecar, embedded); // programs keep what changes in the sidecar
  const facts = { ...joinFacts(embedded, sidecar), rating, title, caption };
  if (facts.takenAt !== undefined) return facts;
  const named = dateInName(basename(path));
  if (named !== undefined) return { ...facts, takenAt: named, takenAtSource: 'name' };
  return { ...facts, takenAt: new Date(mtime).toISOString().replace(/\.\d+/, ''), takenAtSource: 'mtime' };
}

/** Keywords as they are stored: one on each line, with a line end before the first and after the last; null for none. */
export const toKeywordText = (keywords: readonly string[]): string | null => (keywords.length === 0 ? null : `\n${keywords.join('\n')}\n`);

/** Further files as they are stored: a name on each line. */
export const toFilesText = (names: readonly string[] | undefined): string | null =>
  names === undefined || names.length === 0 ? null : names.join('\n');
