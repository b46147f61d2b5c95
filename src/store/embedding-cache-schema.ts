import type { Schema } from 'apache-arrow';
import { z } from 'zod';
import type { KeptEmbedding } from '../core/ports.js';
import { arrow } from './connect.js';
import { FORMATS, readTableFacts, type TableOf } from './table-format.js';

const { key: METADATA_KEY, version: SCHEMA_VERSION } = FORMATS.cache;

/** `images` by the hash of their bytes; `labels`: class embeddings by the hash of their prompts. */
export type CacheKind = 'images' | 'labels';

const factsSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION).default(SCHEMA_VERSION),
  kind: z.enum(['images', 'labels']),
  encoder: z.object({ name: z.string(), fingerprint: z.string() }),
});

/** What a table of the cache says of itself. */
export type CacheFacts = Omit<z.infer<typeof factsSchema>, 'schemaVersion'>;

/** One row an embedding: key, vector (unit length, float32), width, height, addedAt (ms since 1970). */
export function toCacheSchema(facts: CacheFacts, dimension: number): Schema {
  const { Field, FixedSizeList, Float32, Float64, Int32, Schema: ArrowSchema, Utf8 } = arrow;
  return new ArrowSchema(
    [
      new Field('key', new Utf8(), false),
      new Field('vector', new FixedSizeList(dimension, new Field('item', new Float32(), true)), false),
      new Field('width', new Int32(), false),
      new Field('height', new Int32(), false),
      new Field('addedAt', new Float64(), false),
    ],
    new Map([[METADATA_KEY, JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...facts })]]),
  );
}

export function toCacheRows(entries: ReadonlyMap<string, KeptEmbedding>): Record<string, unknown>[] {
  const addedAt = Date.now();
  return [...entries].map(([key, { embedding, width, height }]) => ({ key, vector: Array.from(embedding), width, height, addedAt }));
}

/** The facts, or undefined for a table that is not of the cache. @throws LabelwiseError `FORMAT_NEWER` */
export const readCacheFacts = (table: Omit<TableOf, 'kind'>, metadata: ReadonlyMap<string, string>): CacheFacts | undefined =>
  factsSchema.safeParse(readTableFacts({ ...table, kind: 'cache' }, metadata)).data;
