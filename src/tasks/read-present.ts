import type { StoredImage } from '../core/collection.js';
import { formatCount } from '../core/format-count.js';
import { type Matrix, sliceRows } from '../core/matrix-product.js';
import type { EncoderIdentity } from '../core/ports.js';
import { openCollection } from './open-index.js';
import type { TaskOptions, Workspace } from './workspace.js';

/** An indexed file that exists. */
export interface PresentImage extends StoredImage {
  /** Other names of the same file: it exists once. */
  readonly alsoAt: readonly string[];
}

/** Indexed files that exist, with their embeddings. */
export interface PresentImages {
  readonly images: readonly PresentImage[];
  readonly embeddings: Matrix; // [images, dimension]
  readonly encoder: EncoderIdentity;
}

interface ReadImages {
  readonly images: StoredImage[];
  readonly embeddings: Matrix; // [images, dimension]
  readonly encoder: EncoderIdentity;
}

/**
 * All indexed files that exist and have the bytes that were indexed, or those of them that `isWanted` names. A link and its target are one.
 *
 * @throws LabelwiseError `INDEX_NOT_FOUND`, `ABORTED`
 */
export async function readPresent(
  workspace: Workspace,
  { isWanted = () => true }: { readonly isWanted?: (image: StoredImage) => boolean },
  options: TaskOptions,
): Promise<PresentImages> {
  return keepPresent(await readAll(workspace, isWanted, options), options);
}

/** All embeddings in one matrix: 100 MB for 50,000 images of 512 dimensions. */
async function readAll(workspace: Workspace, isWanted: (image: StoredImage) => boolean, options: TaskOptions): Promise<ReadImages> {
  const collection = await openCollection(workspace, options);
  try {
    const total = await collection.count();
    const images: StoredImage[] = [];
    let values = new Float32Array(0);
    let dimension = 0;
    let done = 0;
    for await (const block of collection.blocks({ signal: options.signal })) {
      dimension = block.embeddings.dimension;
      if (values.length === 0) values = new Float32Array(total * dimension);
      for (const [row, image] of block.images.entries()) {
        if (images.length === total || !isWanted(image)) continue; // what was added since it was counted waits for the next run
        values.set(sliceRows(block.embeddings, row, row + 1).values, images.length * dimension);
        images.push(image);
      }
      done += block.images.length;
      options.onProgress?.({ task: 'reading', done: Math.min(done, total), total });
    }
    return { images, embeddings: { values, rows: images.length, dimension }, encoder: collection.encoder };
  } finally {
    collection.close();
  }
}

/** One row for each file that exists; the rows move up within the matrix. */
async function keepPresent({ images, embeddings, encoder }: ReadImages, options: TaskOptions): Promise<PresentImages> {
  const { findPresent } = await import('../ingest/find-present.js');
  const onProgress = (done: number, total: number): void => options.onProgress?.({ task: 'looking for files', done, total });
  const { files, gone, changed } = await findPresent(images, { signal: options.signal, onProgress });
  if (gone > 0) options.onWarning?.(`${formatCount(gone, 'indexed file')} left out: no longer there, or on a missing volume.`);
  if (changed > 0)
    options.onWarning?.(
      `${formatCount(changed, 'file')} left out: changed after the index was made. Run "labelwise index" to read such files again.`,
    );
  const { values, dimension } = embeddings;
  for (const [to, { row }] of files.entries()) values.copyWithin(to * dimension, row * dimension, (row + 1) * dimension);
  return {
    images: files.map(({ row, alsoAt }) => ({ ...(images[row] as StoredImage), alsoAt })),
    embeddings: sliceRows(embeddings, 0, files.length),
    encoder,
  };
}
