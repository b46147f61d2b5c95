import { createHash } from 'node:crypto';
import type { Embedding } from '../../core/embedding.js';
import { encodeItems } from '../../core/encode-items.js';
import type { EncoderIdentity, ImageSource } from '../../core/ports.js';
import type { Encoder } from '../../encoders/load-encoder.js';
import { LabelwiseError } from '../../errors.js';
import { packageFile } from '../../files/package-root.js';
import { readImageBytes } from '../../images/read-image.js';
import { BACKGROUND, CORRECTION, type StoredExample } from '../../store/example-table-schema.js';
import { openCollection, refuseOtherEncoder } from '../open-index.js';
import type { TaskOptions, Workspace } from '../workspace.js';

/** An image that shows a label. */
export interface ExampleImage {
  readonly label: string;
  readonly image: ImageSource;
  /** How it is listed: its path. */
  readonly source: string;
  /** Why it cannot be used. */
  readonly error?: LabelwiseError | undefined;
}

/** An image that could not be used. */
export interface FailedExample {
  readonly source: string;
  readonly error: LabelwiseError;
}

/** Hashes and embeds example images. A content that `known` has is not encoded again. */
export async function encodeExamples(
  encoder: Encoder,
  images: Iterable<ExampleImage> | AsyncIterable<ExampleImage>,
  { known, options }: { known: ReadonlyMap<string, Embedding>; options: TaskOptions },
): Promise<{ examples: StoredExample[]; failed: FailedExample[] }> {
  const examples: StoredExample[] = [];
  const failed: FailedExample[] = [];
  const addedAt = new Date().toISOString();
  const made = new Map(known);
  const waiting: StoredRow[] = [];
  async function* toEncode(): AsyncGenerator<StoredRow & { bytes: Uint8Array }> {
    for await (const { label, image, source, error } of images) {
      const read = error ?? (await readImageBytes(image, encoder.limits, options.signal).catch(toLabelwiseError));
      if (read instanceof LabelwiseError) {
        failed.push({ source, error: read });
        continue;
      }
      const contentHash = createHash('sha256').update(read).digest('hex');
      const row = { contentHash, label, isPositive: true, source, addedAt };
      if (made.has(contentHash)) waiting.push(row);
      else yield { ...row, bytes: read };
    }
  }
  let done = 0;
  for await (const { item, outcome } of encodeItems(encoder, toEncode(), ({ bytes }) => bytes, { signal: options.signal })) {
    const { bytes: _, ...row } = item;
    if ('error' in outcome) failed.push({ source: row.source, error: outcome.error });
    else {
      made.set(row.contentHash, outcome.embedding);
      waiting.push(row);
    }
    options.onProgress?.({ task: 'images', done: ++done, total: undefined });
  }
  for (const row of waiting) {
    const embedding = made.get(row.contentHash);
    if (embedding) examples.push({ ...row, embedding });
  }
  return { examples, failed };
}

type StoredRow = Omit<StoredExample, 'embedding'>;

function toLabelwiseError(error: unknown): LabelwiseError {
  if (error instanceof LabelwiseError && error.code !== 'ABORTED') return error;
  throw error;
}

/** The pictures that ship with labelwise, as ordinary pictures for any encoder. */
const ORDINARY = ['cat', 'coffee', 'flower', 'galaxies', 'rocket', 'temple'];

export async function encodeBackground(encoder: Encoder, options: TaskOptions): Promise<StoredExample[]> {
  const images = ORDINARY.map((name) => ({ label: BACKGROUND, image: packageFile(`demo/photos/${name}.jpg`), source: `${name}.jpg` }));
  const { examples, failed } = await encodeExamples(encoder, images, { known: new Map(), options: { ...options, onProgress: undefined } });
  if (failed[0]) throw failed[0].error;
  return examples;
}

/** Corrections of tags by hand as examples: images of the index that were given one of the labels, or had it taken away. */
export async function examplesOfCorrections(
  workspace: Workspace,
  { encoder, labels }: { encoder: EncoderIdentity; labels: ReadonlySet<string> },
  options: TaskOptions,
): Promise<StoredExample[]> {
  const collection = await openCollection(workspace, options);
  try {
    refuseOtherEncoder(collection, encoder);
    const { openTagDatabase } = await import('../../store/tag-database.js');
    const rows = (await (await openTagDatabase(await workspace.database())).correctionRows()).filter(({ label }) => labels.has(label));
    const wanted = new Set(rows.map(({ contentHash }) => contentHash));
    const embeddings = new Map<string, Embedding>();
    if (wanted.size > 0)
      for await (const block of collection.embeddings({ signal: options.signal }))
        for (const [i, contentHash] of block.contentHashes.entries())
          if (wanted.has(contentHash)) {
            const { values, dimension } = block.embeddings;
            embeddings.set(contentHash, values.slice(i * dimension, (i + 1) * dimension));
          }
    return rows.flatMap(({ contentHash, label, isAdded, correctedAt }) => {
      const embedding = embeddings.get(contentHash);
      return embedding ? [{ contentHash, label, isPositive: isAdded, embedding, source: CORRECTION, addedAt: correctedAt }] : [];
    });
  } finally {
    collection.close();
  }
}
