import type { StoredImage } from '../../core/collection.js';
import { type Matrix, sliceRows } from '../../core/matrix-product.js';
import { findDuplicateGroups } from '../../core/near-duplicates.js';
import { throwIfAborted } from '../../errors.js';
import { openHtmlFile } from '../../pages/html-file.js';
import { type Run, startRun } from '../context.js';
import type { CliIo } from '../io.js';
import { openCollection } from '../open-collection.js';
import { addFormats, baseCommand } from '../options.js';
import { readNumber } from '../read-number.js';
import { type DuplicateRow, duplicateRenderers, writeDuplicatesPage } from '../render/duplicates.js';
import { createRowWriter, formatOf } from '../render/rows.js';

/** `labelwise duplicates`: images of the collection that are alike. */
export function duplicatesCommand(io: CliIo) {
  return addFormats(baseCommand('duplicates').option('--db <folder>', 'LanceDB folder of the index'))
    .description('group indexed images that are nearly the same')
    .option('--min-similarity <x>', 'the cosine of two images from which on they are of one group', '0.95')
    .option('--html <file>', 'write a page with the pictures of each group')
    .option('--threads <n>', 'cores to use (default: all that the process may use)')
    .action(async (flags) => {
      const run = startRun(flags, io);
      const minSimilarity = readNumber(flags.minSimilarity, { flag: '--min-similarity', min: -1, max: 1 });
      const format = formatOf(flags);
      await using page = flags.html === undefined ? undefined : await openHtmlFile(flags.html, io);
      const { images, embeddings } = await readAll(run);
      const groups = await group(images, embeddings, { minSimilarity, run });
      const writer = createRowWriter<DuplicateRow>(io, format, duplicateRenderers(io));
      for (const row of groups) await writer.write(row);
      await writer.end();
      if (page) await writeDuplicatesPage(page, groups, { run, minSimilarity });
      const alike = groups.reduce((sum, row) => sum + row.images.length, 0);
      run.say(`${alike} of ${images.length} images are in ${groups.length} ${groups.length === 1 ? 'group' : 'groups'}`);
    });
}

/** All embeddings in one matrix: 100 MB for 50,000 images of 512 dimensions. */
async function readAll(run: Run): Promise<{ images: StoredImage[]; embeddings: Matrix }> {
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

async function group(
  images: readonly StoredImage[],
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
      .map((members) => members.map(({ row, similarity }) => ({ ...(images[row] as StoredImage), similarity })).sort(bestFirst))
      .sort(([a], [b]) => ((a as StoredImage).path < (b as StoredImage).path ? -1 : 1))
      .map((alike, i) => ({ group: i + 1, images: alike }));
  } finally {
    progress.clear();
    await product.close();
  }
}

/** The one to keep first: most pixels, then most bytes, then the earliest, then by name. */
function bestFirst(a: StoredImage, b: StoredImage): number {
  const byDate = (a.takenAt ?? '~').localeCompare(b.takenAt ?? '~');
  return b.width * b.height - a.width * a.height || b.sizeBytes - a.sizeBytes || byDate || (a.path < b.path ? -1 : 1);
}
