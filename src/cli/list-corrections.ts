import { openTagDatabase } from '../store/tag-database.js';
import type { Run } from './context.js';
import { openCollection } from './open-collection.js';
import { createRowWriter, type Format } from './render/rows.js';
import { shortenPath } from './render/show-path.js';

/** A correction by hand, as it is printed. */
export interface CorrectionRow {
  readonly tag: string;
  readonly change: 'added' | 'removed';
  /** All names of the picture; none where it is not in the index now. */
  readonly paths: readonly string[];
  readonly contentHash: string;
  readonly correctedAt: string;
}

/** Prints the corrections of tags by hand, by tag and path. */
export async function listCorrections(run: Run, format: Format): Promise<void> {
  const store = await openTagDatabase(run.config.db);
  const corrections = await store.correctionRows().finally(() => store.close());
  const paths = await pathsOf(run, new Set(corrections.map(({ imageId }) => imageId)));
  const rows = corrections
    .map(({ imageId, label, isAdded, correctedAt }): CorrectionRow => {
      const change = isAdded ? 'added' : 'removed';
      return { tag: label, change, paths: paths.get(imageId) ?? [], contentHash: imageId, correctedAt };
    })
    .sort((a, b) => compare(a.tag, b.tag) || compare(a.paths[0] ?? '~', b.paths[0] ?? '~') || compare(a.contentHash, b.contentHash));
  const writer = createRowWriter<CorrectionRow>(run.io, format, {
    csvHeader: ['tag', 'change', 'path', 'contentHash', 'correctedAt'],
    csv: (row) => names(row).map((path) => [row.tag, row.change, path, row.contentHash, row.correctedAt]),
    human: (row) =>
      names(row).map((path) => {
        const name = path === '' ? `${row.contentHash.slice(0, 12)} (not in the index now)` : shortenPath(path, run.io.cwd);
        return `${row.change.padEnd(7)}  ${row.tag}  ${name}  ${row.correctedAt.slice(0, 10)}`;
      }),
  });
  for (const row of rows) await writer.write(row);
  await writer.end();
  if (rows.length === 0) run.say('no corrections by hand; make one with: labelwise tags add TAG IMAGE');
}

const names = ({ paths }: CorrectionRow): readonly string[] => (paths.length === 0 ? [''] : paths);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function pathsOf(run: Run, imageIds: ReadonlySet<string>): Promise<Map<string, string[]>> {
  const paths = new Map<string, string[]>();
  if (imageIds.size === 0) return paths;
  const collection = await openCollection(run);
  try {
    for await (const images of collection.images({ signal: run.io.signal })) {
      for (const { imageId, path } of images) if (imageIds.has(imageId)) paths.set(imageId, [...(paths.get(imageId) ?? []), path].sort());
    }
  } finally {
    collection.close();
  }
  return paths;
}
