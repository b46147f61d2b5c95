import type { StoredImage } from '../../core/collection.js';
import { dotProduct, type Embedding } from '../../core/embedding.js';
import { type Matrix, sliceRows } from '../../core/matrix-product.js';
import { findDuplicateGroups } from '../../core/near-duplicates.js';
import { throwIfAborted } from '../../errors.js';
import { openHtmlFile } from '../../pages/html-file.js';
import { type Run, startRun } from '../context.js';
import type { CliIo } from '../io.js';
import { openCollection } from '../open-collection.js';
import { addFormats, baseCommand } from '../options.js';
import { readNumber } from '../read-number.js';
import { type Duplicate, type DuplicateRow, duplicateRenderers, KEEP_RULE, writeDuplicatesPage } from '../render/duplicates.js';
import { createRowWriter, formatOf } from '../render/rows.js';

/** An indexed file that exists. */
type Candidate = StoredImage & Pick<Duplicate, 'alsoAt'>;

/** `labelwise duplicates`: images of the collection that are alike. */
export function duplicatesCommand(io: CliIo) {
  return addFormats(baseCommand('duplicates').option('--db <folder>', 'LanceDB folder of the index'))
    .description('group indexed images that are nearly the same')
    .addHelpText('after', `\n${KEEP_RULE} Files that no longer exist are left out,\nand a link and its target are one file.`)
    .option('--min-similarity <x>', 'the cosine of two images from which on they are of one group', '0.95')
    .option('--html <file>', 'write a page with the pictures of each group')
    .option('--threads <n>', 'cores to use (default: all that the process may use)')
    .action(async (flags) => {
      const run = startRun(flags, io);
      const minSimilarity = readNumber(flags.minSimilarity, { flag: '--min-similarity', min: -1, max: 1 });
      const format = formatOf(flags);
      await using page = flags.html === undefined ? undefined : await openHtmlFile(flags.html, io);
      const { images, embeddings } = await keepPresent(await readAll(run), run);
      const groups = await group(images, embeddings, { minSimilarity, run });
      const writer = createRowWriter<DuplicateRow>(io, format, duplicateRenderers(io));
      for (const row of groups) await writer.write(row);
      await writer.end();
      if (page) await writeDuplicatesPage(page, groups, { run, minSimilarity });
      const alike = groups.reduce((sum, row) => sum + row.images.length, 0);
      if (groups.length > 0) run.say(KEEP_RULE);
      run.say(`${alike} of ${images.length} images are in ${groups.length} ${groups.length === 1 ? 'group' : 'groups'}`);
    });
}

interface Images<T extends StoredImage> {
  readonly images: readonly T[];
  readonly embeddings: Matrix; // [images, dimension]
}

/** All embeddings in one matrix: 100 MB for 50,000 images of 512 dimensions. */
async function readAll(run: Run): Promise<Images<StoredImage>> {
  const collection = await openCollection(run);
  const progress = run.progress('reading');
  try {
    const total = await collection.count();
    const images: StoredImage[] = [];
    let values = new Float32Array(0);
    let dimension = 0;
    for await (const block of collection.blocks({ signal: run.io.signal })) {
      dimension = block.embeddings.dimension;
      if (values.length === 0) values = new Float32Array(total * dimension);
      const kept = sliceRows(block.embeddings, 0, total - images.length); // what was added since it was counted waits for the next run
      values.set(kept.values, images.length * dimension);
      images.push(...block.images.slice(0, kept.rows));
      progress.update(images.length, total);
    }
    return { images, embeddings: { values, rows: images.length, dimension } };
  } finally {
    progress.clear();
    collection.close();
  }
}

/** One row for each file that exists; the rows move up within the matrix. */
async function keepPresent({ images, embeddings }: Images<StoredImage>, run: Run): Promise<Images<Candidate>> {
  const { findPresent } = await import('../../ingest/find-present.js');
  const progress = run.progress('looking for files');
  const { files, gone, changed } = await findPresent(images, { signal: run.io.signal, onProgress: progress.update }).finally(
    progress.clear,
  );
  if (gone > 0) run.warn(`${gone} indexed files do not exist now, or their volume is missing; they are left out.`);
  if (changed > 0) run.warn(`${changed} files changed after they were indexed and are left out. Run "labelwise index" to read them again.`);
  const { values, dimension } = embeddings;
  for (const [to, { row }] of files.entries()) values.copyWithin(to * dimension, row * dimension, (row + 1) * dimension);
  return {
    images: files.map(({ row, alsoAt }) => ({ ...(images[row] as StoredImage), alsoAt })),
    embeddings: sliceRows(embeddings, 0, files.length),
  };
}

async function group(
  images: readonly Candidate[],
  embeddings: Matrix,
  { minSimilarity, run }: { minSimilarity: number; run: Run },
): Promise<DuplicateRow[]> {
  const { openMatrixProduct } = await import('../../encoders/onnx/open-matrix-product.js');
  const product = await openMatrixProduct({ threads: run.config.threads });
  const progress = run.progress('pairs');
  try {
    const groups = await findDuplicateGroups(embeddings, {
      minSimilarity,
      multiply: product.multiply,
      onProgress: (done, total) => {
        throwIfAborted(run.io.signal);
        progress.update(done, total);
      },
    });
    return groups
      .map((members) =>
        toGroup(members.map(({ row }) => ({ image: images[row] as Candidate, embedding: sliceRows(embeddings, row, row + 1).values }))),
      )
      .sort(([a], [b]) => ((a as Duplicate).path < (b as Duplicate).path ? -1 : 1))
      .map((alike, i) => ({ group: i + 1, images: alike }));
  } finally {
    progress.clear();
    await product.close();
  }
}

/** The best image first, and how similar the others are to it. */
function toGroup(members: readonly { readonly image: Candidate; readonly embedding: Embedding }[]): Duplicate[] {
  const [first, ...others] = members.toSorted((a, b) => bestFirst(a.image, b.image)) as [(typeof members)[number], ...typeof members];
  const alike = others.map(({ image, embedding }) => ({
    ...image,
    similarity: Math.min(1, dotProduct(embedding, first.embedding)),
    similarTo: first.image.path,
  }));
  const nearest = alike.reduce((best, other) => (other.similarity > best.similarity ? other : best));
  return [{ ...first.image, similarity: nearest.similarity, similarTo: nearest.path }, ...alike];
}

/** The order of `KEEP_RULE`. */
function bestFirst(a: StoredImage, b: StoredImage): number {
  const bySize = b.width * b.height - a.width * a.height || b.sizeBytes - a.sizeBytes;
  const byDate = (a.takenAt ?? '~').localeCompare(b.takenAt ?? '~') || a.modifiedAtMs - b.modifiedAtMs;
  return bySize || byDate || (a.path < b.path ? -1 : 1);
}
