import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { PhotoFacts } from '../core/collection.js';
import { toPathBytes } from '../files/byte-path.js';
import { isObjectAddress } from '../files/object-address.js';
import { readRegularText } from '../files/read-regular-file.js';
import { dateInName } from '../images/photo-dates.js';
import { joinFacts, NO_PHOTO_FACTS } from '../images/read-photo-facts.js';
import { createSidecarFinder } from '../xmp/find-sidecars.js';
import { readSidecarFacts } from '../xmp/read-facts.js';

/** What a sidecar says of a photo, and what tells later whether it says something else. */
export interface ReadSidecar {
  readonly facts: PhotoFacts;
  /** When the file was last changed, in milliseconds since 1970, and a hash of what it says: "1717252200123.4 0a1b2c3d". */
  readonly stamp: string;
}

/** More than the largest sidecars that are known, with masks and histories. */
const MAX_BYTES = 16 * 2 ** 20;

/** Reads the sidecars of photos, each folder listed once. Without one, or where it cannot be read, there is nothing to say. */
export interface SidecarReader {
  read(path: string): Promise<ReadSidecar | undefined>;
  /** Whether the sidecar says something else than when `stamp` was taken; null: there was none. */
  isChanged(path: string, stamp: string | null): Promise<boolean>;
}

export function createSidecarReader(): SidecarReader {
  const find = createSidecarFinder('photo.jpg.xmp', { isDryRun: true });
  const look = async (path: string): Promise<{ path: Buffer; changedAt: number; size: number } | undefined> => {
    if (isObjectAddress(path)) return undefined; // sidecars of a bucket are not read
    const place = await find(path).catch(() => undefined);
    if (!place?.exists) return undefined;
    const bytes = toPathBytes(place.path);
    const stats = await stat(bytes).catch(() => undefined);
    return stats?.isFile() ? { path: bytes, changedAt: stats.ctimeMs, size: stats.size } : undefined;
  };
  const read = async (path: string): Promise<ReadSidecar | undefined> => {
    const found = await look(path);
    if (!found) return undefined;
    const text = found.size > MAX_BYTES ? '' : await readRegularText(found.path).catch(() => '');
    const facts = readSidecarFacts(text);
    return { facts, stamp: `${found.changedAt} ${createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 8)}` };
  };
  return {
    read,
    async isChanged(path, stamp) {
      const found = await look(path);
      if (found === undefined || stamp === null) return (found === undefined) !== (stamp === null);
      const [changedAt, hash] = stamp.split(' ');
      // our own exports change the file and not what it says: then the photo is not read again
      return changedAt !== `${found.changedAt}` && (await read(path))?.stamp.split(' ')[1] !== hash;
    },
  };
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
