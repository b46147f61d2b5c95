import type { Table as ArrowTable } from 'apache-arrow';
import { z } from 'zod';
import type { LabelExample } from '../core/decisions/example-evidence.js';
import type { EncoderIdentity } from '../core/ports.js';
import { arrow } from './connect.js';
import { FORMATS, readTableFacts, type TableOf } from './table-format.js';

const { key: METADATA_KEY, version: SCHEMA_VERSION } = FORMATS.examples;

const factsSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION).default(SCHEMA_VERSION),
  encoder: z.object({ name: z.string(), fingerprint: z.string() }),
});

/** Where an example comes from: files that were named, or corrections of tags. */
export const CORRECTION = 'correction';
/** The label of the ordinary pictures that examples are compared with: no label set has a blank one. */
export const BACKGROUND = '';

/** An example as it is stored. */
export interface StoredExample extends LabelExample {
  /** The path that it was read from, or `CORRECTION`. */
  readonly source: string;
  readonly addedAt: string;
}

/** One row for each example: content hash, label, isPositive, vector (unit length, float32), source, addedAt. */
export function toExampleTable(rows: readonly StoredExample[], { name, fingerprint }: EncoderIdentity): ArrowTable {
  const { Bool, Field, FixedSizeList, Float32, Schema, Table, Utf8, vectorFromArray } = arrow();
  const vectors = new FixedSizeList(rows[0]?.embedding.length ?? 0, new Field('item', new Float32(), true));
  const facts = { schemaVersion: SCHEMA_VERSION, encoder: { name, fingerprint } };
  const schema = new Schema(
    [
      new Field('contentHash', new Utf8(), false),
      new Field('label', new Utf8(), false),
      new Field('isPositive', new Bool(), false),
      new Field('vector', vectors, false),
      new Field('source', new Utf8(), false),
      new Field('addedAt', new Utf8(), false),
    ],
    new Map([[METADATA_KEY, JSON.stringify(facts)]]),
  );
  const column = <K extends keyof StoredExample>(field: K): StoredExample[K][] => rows.map((row) => row[field]);
  return new Table(schema, {
    contentHash: vectorFromArray(column('contentHash'), new Utf8()),
    label: vectorFromArray(column('label'), new Utf8()),
    isPositive: vectorFromArray(column('isPositive'), new Bool()),
    vector: vectorFromArray(
      column('embedding').map((vector) => Array.from(vector)),
      vectors,
    ),
    source: vectorFromArray(column('source'), new Utf8()),
    addedAt: vectorFromArray(column('addedAt'), new Utf8()),
  });
}

/** The encoder of a table's examples, or undefined for a table that holds none. @throws LabelwiseError `FORMAT_NEWER` */
export const readExampleFacts = (table: Omit<TableOf, 'kind'>, metadata: ReadonlyMap<string, string>): EncoderIdentity | undefined =>
  factsSchema.safeParse(readTableFacts({ ...table, kind: 'examples' }, metadata)).data?.encoder;
