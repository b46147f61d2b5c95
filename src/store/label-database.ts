import type { Table } from '@lancedb/lancedb';
import { type Embedding, isUnit } from '../core/embedding.js';
import type { LabelSet } from '../core/label-set.js';
import type { ClassEmbeddingStore, ClassEmbeddings, EncoderIdentity } from '../core/ports.js';
import { LabelwiseError } from '../errors.js';
import { inStoreWords } from './connect.js';
import type { Database } from './database.js';
import { fromArrow, type LabelTableFacts, readFacts, toRows, toSchema } from './label-table-schema.js';
import { assertReplaceable, kindOf } from './table-format.js';
import { isReserved } from './table-names.js';

/** A label found by vector search. `distance` is the cosine distance, 1 - similarity. */
export interface LabelMatch {
  readonly label: string;
  readonly similarity: number;
  readonly distance: number;
  readonly vector: Embedding;
}

/** A table in the list of a database. */
export interface LabelTableSummary extends LabelTableFacts {
  readonly name: string;
  readonly labels: number;
  readonly version: number;
}

/** One of the versions of a table: every save makes one. */
export interface LabelVersion {
  readonly version: number;
  readonly createdAt: string;
}

/** The labels of one version, without their embeddings. */
export interface StoredLabels extends LabelVersion {
  readonly labelSet: LabelSet;
  readonly templates: readonly string[];
  /** What embedded them. */
  readonly encoder: EncoderIdentity;
  /** All versions, oldest first. */
  readonly versions: readonly LabelVersion[];
}

/** Label tables in a LanceDB folder: class embeddings under a name, bound to the encoder that made them. */
export interface LabelDatabase extends ClassEmbeddingStore {
  /** Stores class embeddings. A table of the same name is replaced in one step. @throws LabelwiseError `DISK_FULL`, `STORE_FAILED`, `FORMAT_NEWER` */
  save(name: string, embeddings: ClassEmbeddings): Promise<void>;
  /** The `limit` labels nearest to an image's embedding, nearest first, by LanceDB's own exact cosine search. */
  search(name: string, encoder: EncoderIdentity, image: Embedding, limit: number): Promise<LabelMatch[]>;
  list(): Promise<LabelTableSummary[]>;
  /** The labels of a table, whatever encoder made it. @throws LabelwiseError `LABEL_TABLE_NOT_FOUND` */
  labels(name: string): Promise<LabelSet>;
  /** The same with its versions; a former one where `version` names it. @throws LabelwiseError `LABEL_TABLE_NOT_FOUND` */
  stored(name: string, version?: number): Promise<StoredLabels>;
}

/** Opens the label tables in a folder. The first save creates the folder. @throws LabelwiseError `STORE_FAILED` */
export async function openLabelDatabase(database: Database): Promise<LabelDatabase> {
  const allNames = async (): Promise<string[]> => (await database.connection()).tableNames({ limit: 10_000 });
  const names = async (): Promise<string[]> =>
    (await database.location.exists()) ? inStoreWords(`the database ${database.location.name} cannot be read`, allNames) : [];
  const has = async (name: string): Promise<boolean> => (await names()).includes(name);
  const openChecked = async (name: string, encoder: EncoderIdentity): Promise<{ table: Table; facts: LabelTableFacts }> => {
    if (!(await has(name))) throw notFound(name, database);
    const opened = await openTable(database, name);
    refuseOther(name, opened.facts, encoder);
    return opened;
  };
  return {
    has,
    async save(name, embeddings) {
      refuseBadName(name);
      const isNew = !(await has(name));
      if (!isNew) await assertReplaceable(database, name);
      const connection = await database.connection();
      try {
        await inStoreWords(`the label table "${name}" cannot be written to ${database.location.name}`, async () => {
          const table = await connection.createTable(name, toRows(embeddings), { schema: toSchema(embeddings), mode: 'overwrite' });
          table.close();
        });
      } catch (error) {
        if (isNew) await connection.dropTable(name).catch(() => {}); // what was begun; a table that was there before stays as it was
        throw error;
      }
    },
    async load(name, encoder) {
      const { table, facts } = await openChecked(name, encoder);
      const loaded = await inStoreWords(`the label table "${name}" cannot be read`, async () =>
        fromArrow(await table.query().toArrow(), facts),
      );
      if (loaded.vectors.every(isUnit)) return loaded;
      throw new LabelwiseError('STORE_FAILED', `The label table "${name}" in ${database.location.name} has damaged embeddings.`, {
        hint: `Build it again: labelwise labels build ${name} --overwrite --labels-file FILE.`,
      });
    },
    async search(name, encoder, image, limit) {
      const { table } = await openChecked(name, encoder);
      const rows = await inStoreWords(`the label table "${name}" cannot be searched`, () =>
        table.vectorSearch(image).distanceType('cosine').limit(limit).select(['label', 'vector', 'position', '_distance']).toArray(),
      );
      return rows
        .sort((a, b) => a._distance - b._distance || a.position - b.position)
        .map((row) => ({
          label: row.label,
          similarity: 1 - row._distance,
          distance: row._distance,
          vector: Float32Array.from(row.vector),
        }));
    },
    async labels(name) {
      if (!(await has(name))) throw notFound(name, database);
      const { table, facts } = await openTable(database, name);
      return inStoreWords(`the label table "${name}" cannot be read`, async () => fromArrow(await table.query().toArrow(), facts).labelSet);
    },
    async stored(name, version) {
      if (!(await has(name))) throw notFound(name, database);
      const { table } = await openTable(database, name);
      return inStoreWords(`the label table "${name}" cannot be read`, () => readStored({ database, name }, table, version)).finally(() =>
        table.close(),
      );
    },
    async list() {
      const summaries: LabelTableSummary[] = [];
      for (const name of (await names()).filter((one) => kindOf(one) === 'labels')) {
        const table = await inStoreWords(`the label table "${name}" cannot be opened`, async () =>
          (await database.connection()).openTable(name),
        );
        const facts = readFacts({ database, name }, (await table.schema()).metadata);
        if (facts) summaries.push({ name, labels: await table.countRows(), version: await table.version(), ...facts });
      }
      return summaries;
    },
    async remove(name) {
      refuseBadName(name);
      if (!(await has(name))) throw notFound(name, database); // a broken table can be removed too
      await inStoreWords(`the label table "${name}" cannot be removed`, async () => (await database.connection()).dropTable(name));
    },
  };
}

async function openTable(database: Database, name: string): Promise<{ table: Table; facts: LabelTableFacts }> {
  const table = await inStoreWords(`the label table "${name}" cannot be opened`, async () => (await database.connection()).openTable(name));
  const facts = readFacts({ database, name }, (await table.schema()).metadata);
  if (facts) return { table, facts };
  throw new LabelwiseError(
    'STORE_FAILED',
    `The table "${name}" in ${database.location.name} is not a label table of this version of labelwise.`,
    {
      hint: 'Build it again under another name.',
    },
  );
}

async function readStored(place: { database: Database; name: string }, table: Table, wanted: number | undefined): Promise<StoredLabels> {
  const versions = (await table.listVersions()).map(({ version, timestamp }) => ({ version, createdAt: timestamp.toISOString() }));
  const current = await table.version();
  const version = wanted ?? current;
  const found = versions.find((one) => one.version === version);
  if (found === undefined)
    throw new LabelwiseError('LABEL_TABLE_NOT_FOUND', `The label table "${place.name}" has no version ${version}.`, {
      hint: `It has ${versions.map((one) => one.version).join(', ')}.`,
    });
  if (version !== current) await table.checkout(version);
  const facts = readFacts(place, (await table.schema()).metadata);
  if (facts === undefined)
    throw new LabelwiseError('STORE_FAILED', `Version ${version} of the label table "${place.name}" was written by something else.`);
  const { labelSet, templates, encoder } = fromArrow(await table.query().toArrow(), facts);
  return { ...found, labelSet, templates, encoder, versions };
}

function notFound(name: string, database: Database): LabelwiseError {
  return new LabelwiseError('LABEL_TABLE_NOT_FOUND', `There is no label table "${name}" in ${database.location.name}.`, {
    hint: `Build it: labelwise labels build ${name} --labels-file FILE. See what there is: labelwise labels list.`,
  });
}

function refuseOther(name: string, facts: LabelTableFacts, encoder: EncoderIdentity): void {
  if (facts.encoder.fingerprint === encoder.fingerprint) return;
  throw new LabelwiseError(
    'LABEL_TABLE_MISMATCH',
    `The label table "${name}" was built with ${facts.encoder.name} (${facts.encoder.fingerprint}) and cannot be searched with ${encoder.name} (${encoder.fingerprint}): their embeddings do not compare.`,
    { hint: `Use the model ${facts.encoder.name}, or build the table again: labelwise labels build NAME --overwrite --labels-file FILE.` },
  );
}

/** @throws LabelwiseError `INVALID_ARGUMENT` for a name that no label table may have */
export function refuseBadName(name: string): void {
  if (isReserved(name)) {
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected the name of a label table, got "${name}", a table of the index or its tags.`, {
      hint: 'Choose another name. "labelwise index --forget" and "labelwise tags delete" remove what those hold.',
    });
  }
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(name)) return;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected a table name of letters, digits, "_", "-" and ".", got "${name}".`);
}
