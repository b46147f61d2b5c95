import type { Table } from '@lancedb/lancedb';
import { z } from 'zod';
import { LabelwiseError } from '../errors.js';
import type { HeldLock } from '../files/with-lock.js';
import { inStoreWords } from './connect.js';
import { type Database, noIndex } from './database.js';
import { type ImageTableFacts, PRIMARY_KEY, readImageFacts, SCHEMA_VERSION, toCropsMigration, toMigration } from './image-table-schema.js';
import { isMissingTable } from './objects/row-table.js';
import { assertReadable, FORMATS } from './table-format.js';
import { FIRST_IMAGES } from './table-names.js';

/** The file of a database that says which table holds the images: another model's table is swapped in by one rename of it. */
export const INDEX_FILE = 'labelwise-index.json';

const indexFileSchema = z.object({
  version: z.number().default(FORMATS.indexFile.version),
  /** The table that is searched. */
  table: z.string().default(FIRST_IMAGES),
  /** The folders that were indexed, absolute. */
  roots: z.array(z.string()).default([]),
  /** Names that its walks leave out, written as in .gitignore. */
  exclude: z.array(z.string()).default([]),
  /** How to open the model again that the images were indexed with. */
  model: z.string().optional(),
  dtype: z.string().optional(),
  onnx: z.boolean().optional(),
  precision: z.string().optional(),
  /** Only where engines give other embeddings. */
  engine: z.string().optional(),
  /** Tables of earlier models, kept until "prune". */
  previous: z.array(z.string()).default([]),
  /** The table that the last migration filled, in use or not yet, and how to open its model. */
  next: z
    .object({
      table: z.string(),
      ...{ model: z.string().optional(), dtype: z.string().optional(), onnx: z.boolean().optional() },
      ...{ precision: z.string().optional(), engine: z.string().optional() },
    })
    .optional(),
});

export type IndexFile = z.infer<typeof indexFileSchema>;

/** How to open a model again. */
export type ModelReference = Pick<IndexFile, 'model' | 'dtype' | 'onnx' | 'precision' | 'engine'>;

/** What the database says of its index; without a file, as after a crash before its first one, the defaults. */
export async function readIndexFile(database: Database): Promise<IndexFile> {
  const { location } = database;
  const text = (await inStoreWords(`the file ${location.pathOf(INDEX_FILE)} cannot be read`, () => location.readText(INDEX_FILE))) ?? '{}';
  try {
    const file = JSON.parse(text);
    const { data } = z.object({ version: z.number() }).safeParse(file);
    assertReadable('indexFile', data?.version ?? 1, { subject: location.pathOf(INDEX_FILE), option: database.option });
    const read = indexFileSchema.parse(file);
    return database.readsNext ? toNext(database, read) : read;
  } catch (cause) {
    if (cause instanceof LabelwiseError) throw cause;
    throw new LabelwiseError('STORE_FAILED', `${database.location.pathOf(INDEX_FILE)} is not as labelwise wrote it.`, {
      hint: `Remove it: the table "${FIRST_IMAGES}" is used without it.`,
      cause,
    });
  }
}

/** What a canary reads: the table that a migration prepared takes the place of the one in use. */
function toNext({ location }: Database, { next, roots, exclude, previous, version }: IndexFile): IndexFile {
  if (next) return { version, roots, exclude, previous, ...next, next };
  throw new LabelwiseError('INDEX_NOT_FOUND', `No migration of the index in ${location.name} was prepared.`, {
    hint: 'Fill the table of another model first: labelwise index migrate --model NAME --prepare.',
  });
}

export const writeIndexFile = (database: Database, file: IndexFile, lock: HeldLock | undefined): Promise<void> =>
  inStoreWords(`the index in ${database.location.name} cannot be written`, async () => {
    await database.location.writeText(INDEX_FILE, `${JSON.stringify(file)}\n`, lock?.assertHeld);
  });

/** Whether a table was committed at least once. @throws LabelwiseError `STORE_FAILED` where it exists and cannot be read */
export const hasTable = ({ location }: Database, name: string): Promise<boolean> =>
  inStoreWords(`the table "${name}" in ${location.name} cannot be read`, () => location.hasTable(name));

/** A table of images with what it says of itself. */
export interface OpenedTable {
  readonly table: Table;
  readonly facts: ImageTableFacts & { readonly dimension: number };
}

/** Opens a table of images that is there (`hasTable`), of any version that we know. @throws LabelwiseError `STORE_FAILED`, `FORMAT_NEWER` */
export async function openImageTable(database: Database, name: string): Promise<OpenedTable> {
  const inWords = <T>(work: () => Promise<T>): Promise<T> => inStoreWords(`the index in ${database.location.name} cannot be opened`, work);
  const table = await inWords(async () => (await database.connection()).openTable(name));
  const schema = await inWords(() => table.schema());
  const facts = readImageFacts({ database, name }, schema.metadata);
  if (!facts)
    throw new LabelwiseError('STORE_FAILED', `The table "${name}" in ${database.location.name} is not an index that labelwise wrote.`);
  const list = schema.fields.find((field) => field.name === 'embedding')?.type as { listSize?: number } | undefined;
  return { table, facts: { ...facts, dimension: list?.listSize ?? 0 } };
}

/** The table that is searched. */
export interface CurrentTable extends OpenedTable {
  readonly name: string;
  /** How to open the model of this very table: the pointer may name another by now. */
  readonly reference: ModelReference;
  close(): void;
}

/** Opens the table that is searched; where there is none, nothing is made. @throws LabelwiseError `INDEX_NOT_FOUND`, `STORE_FAILED` */
export async function openCurrentTable(database: Database): Promise<CurrentTable> {
  const { table: name, ...reference } = await readIndexFile(database);
  const isRemote = database.location.folder === undefined; // there, looking whether a table exists is opening it
  if (!isRemote && !(await hasTable(database, name))) throw noIndex(database);
  const { table, facts } = await openImageTable(database, name).catch((error: unknown) => {
    if (isRemote && error instanceof LabelwiseError && isMissingTable(error.cause)) throw noIndex(database);
    throw error;
  });
  return { name, reference, table, facts, close: () => table.close() };
}

/**
 * Gives a table of an earlier version what it lacks, in commits that read no row; for writers alone. With the path as its key, LanceDB tries
 * an upsert again when another process has just inserted the same paths, instead of adding them twice.
 */
export async function toCurrentVersion({ table, facts }: OpenedTable, database: Database): Promise<OpenedTable> {
  const { fields } = await table.schema();
  const isKeyed = fields.some(({ metadata }) => [...metadata.keys()].some((key) => key.startsWith(PRIMARY_KEY))); // or with ":position"
  if (!isKeyed) await inStoreWords(`the index in ${database.location.name} cannot be written`, () => table.setUnenforcedPrimaryKey('path'));
  if (facts.schemaVersion >= SCHEMA_VERSION) return { table, facts };
  const { schema, facts: after } = toMigration(facts);
  await inStoreWords(`the index in ${database.location.name} cannot be brought to this version`, () => table.addColumns(schema));
  return { table, facts: { ...after, dimension: facts.dimension } };
}

/** Gives a table of this version room for crops, in one commit; for writers alone. */
export async function withCrops({ table, facts }: OpenedTable, database: Database): Promise<OpenedTable> {
  if (facts.hasCrops) return { table, facts };
  const { schema, facts: after } = toCropsMigration(facts);
  await inStoreWords(`the index in ${database.location.name} cannot be given crops`, () => table.addColumns(schema));
  return { table, facts: after };
}
