import type { Table } from '@lancedb/lancedb';
import type { RecordBatch, Vector } from 'apache-arrow';
import type { Collection, EmbeddingBlock, StoredImage, TakenAtSource } from '../core/collection.js';
import { CROPS } from '../core/crops.js';
import { isUnit } from '../core/embedding.js';
import type { Matrix } from '../core/matrix-product.js';
import { throwIfAborted } from '../errors.js';
import { inStoreWords } from './connect.js';
import { openCurrentTable } from './current-images.js';
import { DAMAGED, type DamageOptions, withoutDamaged } from './damaged-embeddings.js';
import type { Database } from './database.js';
import { columnsOf, IS_IMAGE } from './image-table-schema.js';
import { linesOf } from './lines-of.js';

/** Opens the indexed images of a database folder for reading. @throws LabelwiseError `INDEX_NOT_FOUND`, `STORE_FAILED` */
export async function openImageCollection(database: Database, options: DamageOptions = {}): Promise<Collection> {
  const { table, facts, close } = await openCurrentTable(database);
  return toCollection(table, { encoder: facts.encoder, hasCrops: facts.hasCrops, columns: columnsOf(facts), close, options });
}

function toCollection(
  table: Table,
  {
    encoder,
    hasCrops,
    columns,
    close,
    options,
  }: Pick<Collection, 'encoder' | 'close'> & { hasCrops: boolean; columns: string[]; readonly options: DamageOptions },
): Collection {
  return {
    encoder,
    count: () => inStoreWords('the index cannot be counted', () => table.countRows(IS_IMAGE)),
    async *blocks({ signal } = {}) {
      for await (const batch of scan(table, [...columns, 'embedding'], signal))
        yield withoutDamaged({ images: toImages(batch), embeddings: toMatrix(batch) }, options);
    },
    async *embeddings({ signal, withCrops = false } = {}) {
      const withThem = withCrops && hasCrops;
      for await (const batch of scan(table, ['content_hash', 'embedding', ...(withThem ? ['crops'] : [])], signal)) {
        const hashes = batch.getChild('content_hash');
        const all = toMatrix(batch);
        const rows = { images: Array.from({ length: batch.numRows }, (_, row) => row), embeddings: all };
        const { images, embeddings } = withoutDamaged(rows, options);
        const block: EmbeddingBlock = { contentHashes: images.map((row) => String(hashes?.get(row))), embeddings };
        yield withThem ? { ...block, crops: toCropMatrix(batch, { images, embeddings }, options) } : block;
      }
    },
    async *names({ signal } = {}) {
      for await (const batch of scan(table, ['content_hash', 'path'], signal)) {
        const [hashes, paths] = [batch.getChild('content_hash'), batch.getChild('path')];
        yield Array.from({ length: batch.numRows }, (_, row) => ({ contentHash: String(hashes?.get(row)), path: String(paths?.get(row)) }));
      }
    },
    async *images({ signal } = {}) {
      for await (const batch of scan(table, columns, signal)) yield toImages(batch);
    },
    close,
  };
}

async function* scan(table: Table, columns: string[], signal: AbortSignal | undefined): AsyncGenerator<RecordBatch> {
  const query = table.query().where(IS_IMAGE).select(columns);
  const batches = query[Symbol.asyncIterator]();
  while (true) {
    throwIfAborted(signal);
    const { done, value } = await inStoreWords('the index cannot be read', () => batches.next());
    if (done) return;
    yield value;
  }
}

function toImages(batch: RecordBatch): StoredImage[] {
  const columns = Object.fromEntries(batch.schema.fields.map(({ name }) => [name, batch.getChild(name)]));
  const optional = <T>(name: string, row: number): T | undefined => (columns[name]?.get(row) ?? undefined) as T | undefined;
  return Array.from({ length: batch.numRows }, (_, row) => ({
    contentHash: String(columns.content_hash?.get(row)),
    path: String(columns.path?.get(row)),
    sizeBytes: Number(columns.size?.get(row)),
    modifiedAtMs: Number(columns.mtime?.get(row)),
    width: Number(columns.width?.get(row)),
    height: Number(columns.height?.get(row)),
    format: String(columns.format?.get(row) ?? ''),
    takenAt: optional<string>('taken_at', row),
    camera: optional<string>('camera', row),
    latitude: optional<number>('latitude', row),
    longitude: optional<number>('longitude', row),
    takenAtSource: optional<TakenAtSource>('taken_at_source', row),
    keywords: linesOf(optional<string>('keywords', row)),
    rating: optional<number>('rating', row),
    title: optional<string>('title', row),
    caption: optional<string>('caption', row),
    files: linesOf(optional<string>('files', row)),
  }));
}

/** The embeddings of a batch; LanceDB gives them as one run of numbers, which is not copied. [rows, dimension] */
function toMatrix(batch: RecordBatch): Matrix {
  const list = batch.getChild('embedding')?.data[0];
  const numbers = list?.children[0];
  if (!list || !numbers) return { values: new Float32Array(0), rows: 0, dimension: 0 };
  const dimension = (list.type as unknown as { listSize: number }).listSize;
  const from = numbers.offset === 0 ? list.offset * dimension : 0; // a slice keeps its offset in the list alone
  const values = (numbers.values as Float32Array).subarray(from, from + list.length * dimension);
  if (list.nullCount === 0) return { values, rows: list.length, dimension };
  const sound = new Float32Array(values.length); // a row without an embedding counts as damaged
  for (let row = 0; row < list.length; row++)
    if (list.getValid(row)) sound.set(values.subarray(row * dimension, (row + 1) * dimension), row * dimension);
  return { values: sound, rows: list.length, dimension };
}

/** The crops of some rows of a batch. [images * CROPS, dimension] */
function toCropMatrix(
  batch: RecordBatch,
  { images, embeddings }: { readonly images: readonly number[]; readonly embeddings: Matrix },
  { onWarning }: DamageOptions,
): Matrix {
  const { dimension } = embeddings;
  const column = batch.getChild('crops');
  const values = new Float32Array(images.length * CROPS * dimension);
  for (const [i, row] of images.entries()) {
    const crops = column?.get(row) as Iterable<Vector> | null;
    const own = crops && Array.from(crops, (crop) => crop.toArray() as Float32Array);
    const isSound = own?.length === CROPS && own.every((crop) => crop.length === dimension && isUnit(crop));
    if (own && !isSound) onWarning?.(DAMAGED);
    for (let crop = 0; crop < CROPS; crop++) {
      const vector = isSound ? (own[crop] as Float32Array) : embeddings.values.subarray(i * dimension, (i + 1) * dimension);
      values.set(vector, (i * CROPS + crop) * dimension);
    }
  }
  return { values, rows: images.length * CROPS, dimension };
}
