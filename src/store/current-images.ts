import type { Table } from '@lancedb/lancedb';
import { LabelwiseError } from '../errors.js';
import { areTexts, isFlag, isNumber, isText, readFields } from '../files/read-fields.js';
import type { HeldLock } from '../files/with-lock.js';
import { inStoreWords } from './connect.js';
import { type Database, noIndex } from './database.js';
import { type ImageTableFacts, PRIMARY_KEY, readImageFacts, SCHEMA_VERSION, toCropsMigration, toMigration } from './image-table-schema.js';
import { isMissingTable } from './objects/row-table.js';
import { assertReadable, FORMATS } from './table-format.js';
import { FIRST_IMAGES } from './table-names.js';

/** The file of a database that says which table holds the images: another model's table is swapped in by one rename of it. */
export const INDEX_FILE = 'labelwise-index.json';

export interface IndexFile {
  readonly version: number;
  /** The table that is searched. */
  readonly table: string;
  /** The folders that were indexed, absolute. */
  readonly roots: string[];
  /** What was mounted in these folders, or linked from another disk: a later run finds them empty if the disk is not there. */
  readonly volumes: string[];
  /** Names that its walks leave out, written as in .gitignore. */
  readonly exclude: string[];
  /** How to open the model again that the images were indexed with. */
  readonly model?: string | undefined;
  readonly dtype?: string | undefined;
  readonly onnx?: boolean | undefined;
  readonly precision?: string | undefined;
  /** Only where engines give other embeddings. */
  readonly engine?: string | undefined;
  /** Tables of earlier models, kept until "prune". */
  readonly previous: string[];
  /** The table that the last migration filled, in use or not yet, and how to open its model. */
  readonly next?: (ModelReference & { readonly table: string }) | undefined;
}

const REFERENCE = { model: { is: isText }, dtype: { is: isText }, onnx: { is: isFlag }, precision: { is: isText }, engine: { is: isText } };

const isNext = (value: unknown): boolean => readFields(value, { table: { is: isText, isNeeded: true }, ...REFERENCE }) !== undefined;

const toIndexFile = (file: unknown): IndexFile | undefined =>
  readFields<IndexFile>(file, {
    version: { is: isNumber, or: FORMATS.indexFile.version },
    table: { is: isText, or: FIRST_IMAGES },
    roots: { is: areTexts, or: [] },
    volumes: { is: areTexts, or: [] },
    exclude: { is: areTexts, or: [] },
    ...REFERENCE,
    previous: { is: areTexts, or: [] },
    next: { is: isNext },
  });

/** How to open a model again. */
export type ModelReference = Pick<IndexFile, 'model' | 'dtype' | 'onnx' | 'precision' | 'engine'>;

/** What the database says of its index; without a file, as after a crash before its first one, the defaults. */
export async function readIndexFile(database: Database): Promise<IndexFile> {
  const { location } = database;
  const text = (await inStoreWords(`the file ${location.pathOf(INDEX_FILE)} cannot be read`, () => location.readText(INDEX_FILE))) ?? '{}';
  const damaged = (cause?: unknown): LabelwiseError =>
    new LabelwiseError('STORE_FAILED', `${database.location.pathOf(INDEX_FILE)} is not as labelwise wrote it.`, {
      hint: `Remove it: the table "${FIRST_IMAGES}" is used without it.`,
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damaged(cause);
  }
  const { version = 1 } = readFields<{ version?: number }>(json, { version: { is: isNumber } }) ?? {};
  assertReadable('indexFile', version, { subject: location.pathOf(INDEX_FILE), option: database.option });
  const file = toIndexFile(json);
  if (!file) throw damaged();
  return database.readsNext ? toNext(database, file) : file;
}

/** What a canary reads: the table that a migration prepared takes the place of the one in use. */
function toNext({ location }: Database, { next, roots, volumes, exclude, previous, version }: IndexFile): IndexFile {
  if (next) return { version, roots, volumes, exclude, previous, ...next, next };
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
  const { table, ...reference } = await readIndexFile(database);
  return openNamedTable(database, table, reference);
}

/** Opens a table of images by its name; `reference` says how to open its model. @throws LabelwiseError `INDEX_NOT_FOUND`, `STORE_FAILED` */
export async function openNamedTable(database: Database, name: string, reference: ModelReference): Promise<CurrentTable> {
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
