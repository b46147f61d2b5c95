import type { FileRow, ImageIndex } from '../store/image-index.js';
import { IMAGE_COLUMNS, type ImageRow } from '../store/image-table-schema.js';
import type { ShotJoiner } from './join-shots.js';
import { toFilesText } from './photo-facts.js';

interface Stored {
  readonly rows: ReadonlyMap<string, FileRow>;
  readonly index: Pick<ImageIndex, 'imagesOf'>;
  /** Milliseconds since 1970: before the folders were walked. */
  readonly startedAt: number;
}

/** The rows of pictures that got further files in this run, each with all of its files. */
export async function joinedRows(joiner: ShotJoiner, stored: Stored): Promise<ImageRow[]> {
  const joined: ImageRow[] = [];
  for (const [path, names] of joiner.joined()) {
    const row = joiner.made.get(path) ?? (await storedRow(path, stored));
    const before = row?.files?.split('\n') ?? [];
    if (row) joined.push({ ...row, files: toFilesText([...new Set([...before, ...names])].sort()) });
  }
  return joined;
}

/** A whole row of a photo that the walk of this run found unchanged. */
async function storedRow(path: string, { rows, index, startedAt }: Stored): Promise<ImageRow | undefined> {
  const row = rows.get(path);
  const hash = row?.content_hash ?? '';
  const image = row && (await index.imagesOf([hash])).get(hash); // of any path with these bytes: the facts are those of this one
  if (!row || !image) return undefined;
  const facts = Object.fromEntries(IMAGE_COLUMNS.flatMap((name) => (name === 'embedding' ? [] : [[name, row[name as keyof FileRow]]])));
  return { ...image, ...facts, checked_at: startedAt };
}
