import type { Table as ArrowTable, DataType, Schema } from 'apache-arrow';
import { z } from 'zod';
import type { TagColumns } from '../core/image-tags.js';
import { arrow } from './connect.js';
import { FORMATS, readTableFacts, type TableOf } from './table-format.js';

const metadataSchema = z.object({
  /** The name of the tag set. */
  name: z.string(),
  /** The version of its labels: their fingerprint. */
  labelSetFingerprint: z.string(),
  labels: z.number(),
  templates: z.array(z.string()),
  encoder: z.object({ name: z.string(), fingerprint: z.string() }),
  scoring: z.enum(['softmax', 'sigmoid']),
  minProbability: z.number(),
  topK: z.number(),
  /** Images that were looked at, with tags and without. */
  images: z.number(),
  createdAt: z.string(),
});

/** The facts stored in a tag set: the labels, the model, and the smallest probability. */
export type TagSetFacts = z.infer<typeof metadataSchema>;

/** The column of the content hash, in tag sets and corrections, as in the index. Version 1 of these tables called it `imageId`. */
export const HASH_COLUMN = 'content_hash';
const OLD_HASH_COLUMN = 'imageId';

/** The columns of a table that hold the content hash: a table of corrections that was version 1 keeps the old one. */
export const hashColumnsOf = ({ fields }: Schema): string[] =>
  [HASH_COLUMN, OLD_HASH_COLUMN].filter((name) => fields.some((field) => field.name === name));

/** The content hash of a stored row. It is null in the new column until the first write after the migration. */
export const hashIn = (row: Readonly<Record<string, unknown>>): string => (row[HASH_COLUMN] ?? row[OLD_HASH_COLUMN]) as string;

/** One row for each tag: content hash, label, probability, similarity. The facts are in the table's metadata, written in the same commit. */
export function toTagTable(columns: TagColumns, facts: TagSetFacts): ArrowTable {
  const { Field, Float32, Schema, Table, Utf8, vectorFromArray } = arrow();
  const { key, version } = FORMATS.tags;
  const schema = new Schema(
    [
      new Field(HASH_COLUMN, new Utf8(), false),
      new Field('label', new Utf8(), false),
      new Field('probability', new Float32(), false),
      new Field('similarity', new Float32(), false),
    ],
    new Map([[key, JSON.stringify({ schemaVersion: version, ...facts })]]),
  );
  if (columns.contentHashes.length === 0) return new Table(schema); // a vector of nothing has no type
  return new Table(schema, {
    [HASH_COLUMN]: vectorFromArray(columns.contentHashes, new Utf8()),
    label: vectorFromArray(columns.labels, new Utf8()),
    probability: vectorFromArray(columns.probabilities, new Float32()),
    similarity: vectorFromArray(columns.similarities, new Float32()),
  });
}

/** The facts, or undefined for a table that holds no tags. @throws LabelwiseError `FORMAT_NEWER` */
export const readTagFacts = (table: Omit<TableOf, 'kind'>, metadata: ReadonlyMap<string, string>): TagSetFacts | undefined =>
  metadataSchema.safeParse(readTableFacts({ ...table, kind: 'tags' }, metadata)).data;

/** A correction by hand, as it is stored: the last word on this label of this image. */
export interface StoredCorrection {
  readonly contentHash: string;
  readonly label: string;
  readonly isAdded: boolean;
  readonly correctedAt: string;
}

const correctionFacts = (): Map<string, string> =>
  new Map([[FORMATS.corrections.key, JSON.stringify({ schemaVersion: FORMATS.corrections.version })]]);

/** What a table of corrections of version 1 lacks. Adding it reads no row. */
export function correctionMigration(): Schema {
  const { Field, Schema, Utf8 } = arrow();
  return new Schema([new Field(HASH_COLUMN, new Utf8(), true)], correctionFacts());
}

/** `hashColumns` are those of the table that takes the rows. */
export function toCorrectionTable(rows: readonly StoredCorrection[], hashColumns: readonly string[] = [HASH_COLUMN]): ArrowTable {
  const { Bool, Field, Schema, Table, Utf8, vectorFromArray } = arrow();
  const columns: readonly [name: string, key: keyof StoredCorrection, type: DataType][] = [
    ...hashColumns.map((name): [string, 'contentHash', DataType] => [name, 'contentHash', new Utf8()]),
    ['label', 'label', new Utf8()],
    ['isAdded', 'isAdded', new Bool()],
    ['correctedAt', 'correctedAt', new Utf8()],
  ];
  const schema = new Schema(
    columns.map(([name, , type]) => new Field(name, type, false)),
    correctionFacts(),
  );
  if (rows.length === 0) return new Table(schema);
  const vectors = columns.map(([name, key, type]) => [
    name,
    vectorFromArray<DataType>(
      rows.map((row) => row[key]),
      type,
    ),
  ]);
  return new Table(schema, Object.fromEntries(vectors));
}
