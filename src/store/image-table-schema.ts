import type { Table as ArrowTable, Field, FixedSizeList, List, Schema } from 'apache-arrow';
import type { Embedding } from '../core/embedding.js';
import { isFlag, isNumber, isText, readFields } from '../files/read-fields.js';
import { arrow } from './connect.js';
import { FORMATS, readTableFacts, type TableOf } from './table-format.js';

/** The facts of an index are in its table's own metadata: they are written with the first rows, in one step. */
const METADATA_KEY = FORMATS.images.key;
/** What new tables have. */
export const SCHEMA_VERSION = 3;
/** What tables with crops have: programs before it would leave the crops of an earlier picture. */
const CROPS_VERSION = FORMATS.images.version;

/** What an index says of itself. `schemaVersion` counts the layouts of the table. */
export interface ImageTableFacts {
  readonly schemaVersion: number;
  readonly encoder: { readonly name: string; readonly fingerprint: string };
  readonly dimension?: number | undefined;
  readonly createdAt?: string | undefined;
  /** Whether the images have crops beside their embeddings. */
  readonly hasCrops: boolean;
}

const isEncoder = (value: unknown): boolean =>
  readFields<ImageTableFacts['encoder']>(value, { name: { is: isText, isNeeded: true }, fingerprint: { is: isText, isNeeded: true } }) !==
  undefined;

/** A file of the index: one row a path. A file that could not be used has its reason in the place of the embedding. */
export interface ImageRow {
  /** Absolute; a `file:` URL where the name is no valid UTF-8. */
  readonly path: string;
  /** SHA-256 of the bytes; null where they could not be read. */
  readonly content_hash: string | null;
  readonly size: number;
  /** Milliseconds since 1970, as the file system says. */
  readonly mtime: number;
  readonly inode: number;
  /** Milliseconds since 1970, as the system says; unknown of rows that version 1 wrote. */
  readonly ctime?: number | null | undefined;
  readonly width: number | null;
  readonly height: number | null;
  readonly format: string | null;
  readonly taken_at: string | null;
  readonly camera: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** What the date comes from; this and what follows is unknown of rows that version 2 wrote. */
  readonly taken_at_source?: string | null | undefined;
  /** One on each line, with a line end before the first and after the last. */
  readonly keywords?: string | null | undefined;
  readonly rating?: number | null | undefined;
  readonly title?: string | null | undefined;
  readonly caption?: string | null | undefined;
  /** Further files of the picture, in its folder: their names, one on each line. */
  readonly files?: string | null | undefined;
  /** What tells whether the sidecar says something else by now; null where there was none. */
  readonly sidecar?: string | null | undefined;
  /** ISO 8601: when the picture first came into the index. */
  readonly added_at: string;
  /** Milliseconds since 1970: when the file was last read. */
  readonly checked_at: number;
  readonly error_code: string | null;
  readonly error_message: string | null;
  /** Unit length. [dimension] */
  readonly embedding: Embedding | null;
  /** The embeddings of the crops, in a table that has them. [crops][dimension] */
  readonly crops?: readonly Embedding[] | null | undefined;
}

type Kind = 'text' | 'count' | 'number';
type LaterColumn = 'ctime' | 'taken_at_source' | 'keywords' | 'rating' | 'title' | 'caption' | 'files' | 'sidecar';
type Column = Exclude<keyof ImageRow, 'embedding' | 'crops' | LaterColumn>;
/** What tables of every version have, in their order; then comes the embedding. */
export const COLUMNS: Readonly<Record<Column, Kind>> = {
  path: 'text',
  content_hash: 'text',
  size: 'number',
  mtime: 'number',
  inode: 'number',
  width: 'count',
  height: 'count',
  format: 'text',
  taken_at: 'text',
  camera: 'text',
  latitude: 'number',
  longitude: 'number',
  added_at: 'text',
  checked_at: 'number',
  error_code: 'text',
  error_message: 'text',
};

/** What came later: after the embedding, as a migration adds it. */
const LATER_COLUMNS: Readonly<Record<LaterColumn, { readonly kind: Kind; readonly since: number }>> = {
  ctime: { kind: 'number', since: 2 },
  taken_at_source: { kind: 'text', since: 3 },
  keywords: { kind: 'text', since: 3 },
  rating: { kind: 'count', since: 3 },
  title: { kind: 'text', since: 3 },
  caption: { kind: 'text', since: 3 },
  files: { kind: 'text', since: 3 },
  sidecar: { kind: 'text', since: 3 },
};

/** All columns of the newest tables. */
export const IMAGE_COLUMNS = [...Object.keys(COLUMNS), 'embedding', ...Object.keys(LATER_COLUMNS)];

/** The columns of a table but the embedding. */
export const columnsOf = ({ schemaVersion }: Pick<ImageTableFacts, 'schemaVersion'>): string[] => [
  ...Object.keys(COLUMNS),
  ...Object.entries(LATER_COLUMNS).flatMap(([name, { since }]) => (since <= schemaVersion ? [name] : [])),
];

/**
 * A row without an error is an image, and has an embedding: `index verify` names those that have none. LanceDB reads this in a fortieth of the time of
 * `embedding IS NOT NULL`, for which it reads all embeddings.
 */
export const IS_IMAGE = 'error_code IS NULL';

export function toImageSchema(facts: ImageTableFacts & { dimension: number }): Schema {
  const { Field, FixedSizeList, Float32 } = arrow();
  return toSchema(
    [
      ...Object.entries(COLUMNS).map(
        ([name, kind]) => new Field(name, typeOf(kind), name !== 'path', name === 'path' ? IS_KEY : undefined),
      ),
      new Field('embedding', new FixedSizeList(facts.dimension, new Field('item', new Float32(), true)), true),
      ...laterFields(0),
      ...(facts.hasCrops ? [cropsField(facts.dimension)] : []),
    ],
    facts,
  );
}

/** One list of vectors a row: LanceDB searches it by the nearest of them. */
function cropsField(dimension: number): Field {
  const { Field, FixedSizeList, Float32, List } = arrow();
  const vector = new Field('item', new FixedSizeList(dimension, new Field('item', new Float32(), true)), true);
  return new Field('crops', new List(vector), true);
}

/** What a table of an earlier version lacks, with the facts that it has from then on. */
export const toMigration = (facts: ImageTableFacts): { schema: Schema; facts: ImageTableFacts } => {
  const after = { ...facts, schemaVersion: SCHEMA_VERSION };
  return { schema: toSchema(laterFields(facts.schemaVersion), after), facts: after };
};

/** What a table without crops lacks, with the facts that it has from then on. */
export const toCropsMigration = <Facts extends ImageTableFacts & { dimension: number }>(facts: Facts): { schema: Schema; facts: Facts } => {
  const after = { ...facts, schemaVersion: CROPS_VERSION, hasCrops: true };
  return { schema: toSchema([cropsField(facts.dimension)], after), facts: after };
};

/** In the metadata of a field: its values are unique. LanceDB does not check it. */
export const PRIMARY_KEY = 'lance-schema:unenforced-primary-key';
const IS_KEY = new Map([[PRIMARY_KEY, 'true']]);

const toSchema = (fields: Field[], facts: ImageTableFacts): Schema =>
  new (arrow().Schema)(fields, new Map([[METADATA_KEY, JSON.stringify(facts)]]));

const laterFields = (version: number): Field[] =>
  Object.entries(LATER_COLUMNS).flatMap(([name, { kind, since }]) =>
    since > version ? [new (arrow().Field)(name, typeOf(kind), true)] : [],
  );

const typeOf = (kind: Kind) =>
  kind === 'text' ? new (arrow().Utf8)() : kind === 'count' ? new (arrow().Int32)() : new (arrow().Float64)();

/** Rows as one Arrow table; the embeddings lie together and are copied once. */
export function toImageTable(rows: readonly ImageRow[], facts: ImageTableFacts & { dimension: number }): ArrowTable {
  const { Float32, makeData, makeVector, Table, vectorFromArray } = arrow();
  const schema = toImageSchema(facts);
  if (rows.length === 0) return new Table(schema);
  const { dimension } = facts;
  const data = new Float32Array(rows.length * dimension); // [rows, dimension]
  const nullBitmap = new Uint8Array(Math.ceil(rows.length / 64) * 8);
  let nullCount = 0;
  for (const [i, { embedding }] of rows.entries()) {
    if (embedding) data.set(embedding, i * dimension);
    if (embedding) nullBitmap[i >> 3] = (nullBitmap[i >> 3] as number) | (1 << (i & 7));
    else nullCount++;
  }
  const child = makeData({ type: new Float32(), length: data.length, nullCount: 0, data });
  const columns = schema.fields.map(({ name, type }) => [
    name,
    name === 'embedding'
      ? makeVector(makeData({ type: type as FixedSizeList, length: rows.length, nullCount, nullBitmap, child }))
      : name === 'crops'
        ? toCropsVector(rows, facts.dimension)
        : vectorFromArray(
            rows.map((row) => row[name as Column | LaterColumn] ?? null),
            type,
          ),
  ]);
  return new Table(schema, Object.fromEntries(columns));
}

/** The crops of rows as one Arrow vector; null where a row has none. */
function toCropsVector(rows: readonly ImageRow[], dimension: number) {
  const { Float32, makeData, makeVector } = arrow();
  const { type } = cropsField(dimension) as { type: List<FixedSizeList> };
  const all = rows.flatMap(({ crops }) => crops ?? []);
  const data = new Float32Array(all.length * dimension); // [crops of all rows, dimension]
  for (const [i, crop] of all.entries()) data.set(crop, i * dimension);
  const valueOffsets = new Int32Array(rows.length + 1);
  const nullBitmap = new Uint8Array(Math.ceil(rows.length / 64) * 8);
  for (const [i, { crops }] of rows.entries()) {
    valueOffsets[i + 1] = (valueOffsets[i] as number) + (crops?.length ?? 0);
    if (crops) nullBitmap[i >> 3] = (nullBitmap[i >> 3] as number) | (1 << (i & 7));
  }
  const numbers = makeData({ type: new Float32(), length: data.length, nullCount: 0, data });
  const child = makeData({ type: type.children[0]?.type as FixedSizeList, length: all.length, nullCount: 0, child: numbers });
  const nullCount = rows.filter(({ crops }) => !crops).length;
  return makeVector(makeData({ type, length: rows.length, nullCount, nullBitmap, valueOffsets, child }));
}

/** The facts, or undefined for a table that holds no images. @throws LabelwiseError `FORMAT_NEWER` */
export const readImageFacts = (table: Omit<TableOf, 'kind'>, metadata: ReadonlyMap<string, string>): ImageTableFacts | undefined =>
  readFields<ImageTableFacts>(readTableFacts({ ...table, kind: 'images' }, metadata), {
    schemaVersion: { is: isNumber, or: 1 },
    encoder: { is: isEncoder, isNeeded: true },
    dimension: { is: isNumber },
    createdAt: { is: isText },
    hasCrops: { is: isFlag, or: false },
  });

/** The facts of a table that begins now. */
export function newImageFacts(
  encoder: ImageTableFacts['encoder'],
  dimension: number,
  hasCrops: boolean,
): ImageTableFacts & { dimension: number } {
  const { name, fingerprint } = encoder;
  const schemaVersion = hasCrops ? CROPS_VERSION : SCHEMA_VERSION;
  return { schemaVersion, encoder: { name, fingerprint }, dimension, createdAt: new Date().toISOString(), hasCrops };
}
