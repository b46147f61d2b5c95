import type { Table as ArrowTable } from 'apache-arrow';
import { z } from 'zod';
import type { TagColumns } from '../core/image-tags.js';
import { arrow } from './connect.js';
import { FORMATS, readTableFacts, type TableOf } from './table-format.js';

/** The facts of a tag set are in its table's own metadata: they are written with the tags, in one step. */
const { key: METADATA_KEY, version: SCHEMA_VERSION } = FORMATS.tags;

const metadataSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION).default(SCHEMA_VERSION),
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

/** What a tag set says of itself: which labels by which model, and from which probability on. */
export type TagSetFacts = Omit<z.infer<typeof metadataSchema>, 'schemaVersion'>;

/** The column of the content hash, in tag sets and corrections. Its name is of version 1 of these tables. */
export const HASH_COLUMN = 'imageId';

/** One row for each tag: content hash, label, probability, similarity. */
export function toTagTable(columns: TagColumns, facts: TagSetFacts): ArrowTable {
  const { Field, Float32, Schema, Table, Utf8, vectorFromArray } = arrow();
  const schema = new Schema(
    [
      new Field(HASH_COLUMN, new Utf8(), false),
      new Field('label', new Utf8(), false),
      new Field('probability', new Float32(), false),
      new Field('similarity', new Float32(), false),
    ],
    new Map([[METADATA_KEY, JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...facts })]]),
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
export function readTagFacts(table: Omit<TableOf, 'kind'>, metadata: ReadonlyMap<string, string>): TagSetFacts | undefined {
  const parsed = metadataSchema.safeParse(readTableFacts({ ...table, kind: 'tags' }, metadata)).data;
  if (!parsed) return undefined;
  const { schemaVersion: _, ...facts } = parsed;
  return facts;
}

/** A correction by hand, as it is stored: the last word on this label of this image. */
export interface StoredCorrection {
  readonly contentHash: string;
  readonly label: string;
  readonly isAdded: boolean;
  readonly correctedAt: string;
}

export function toCorrectionTable(rows: readonly StoredCorrection[]): ArrowTable {
  const { Bool, Field, Schema, Table, Utf8, vectorFromArray } = arrow();
  const { key, version } = FORMATS.corrections;
  const schema = new Schema(
    [
      new Field(HASH_COLUMN, new Utf8(), false),
      new Field('label', new Utf8(), false),
      new Field('isAdded', new Bool(), false),
      new Field('correctedAt', new Utf8(), false),
    ],
    new Map([[key, JSON.stringify({ schemaVersion: version })]]), // tables of earlier programs have none, and are of version 1
  );
  if (rows.length === 0) return new Table(schema);
  const column = <K extends keyof StoredCorrection>(name: K): StoredCorrection[K][] => rows.map((row) => row[name]);
  return new Table(schema, {
    [HASH_COLUMN]: vectorFromArray(column('contentHash'), new Utf8()),
    label: vectorFromArray(column('label'), new Utf8()),
    isAdded: vectorFromArray(column('isAdded'), new Bool()),
    correctedAt: vectorFromArray(column('correctedAt'), new Utf8()),
  });
}
