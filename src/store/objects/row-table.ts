import type { Connection, Table } from '@lancedb/lancedb';
import { messageOf } from '../../errors.js';
import { arrow } from '../connect.js';

export type Connect = () => Promise<Connection>;

/** A small table of texts and numbers, with a row for each name. */
interface RowTable {
  readonly table: string;
  readonly texts: readonly string[];
  readonly numbers: readonly string[];
}

/** Whether LanceDB says that a table does not exist, and nothing worse. */
export const isMissingTable = (error: unknown): boolean => /^Table '[^']*' was not found/.test(messageOf(error));

/** A table, or undefined where nothing was ever committed under its name. */
export async function openOrNothing(connect: Connect, name: string): Promise<Table | undefined> {
  const connection = await connect();
  try {
    return await connection.openTable(name);
  } catch (error) {
    if (isMissingTable(error)) return undefined;
    throw error;
  }
}

/** In the metadata of a field: of two rows of one key that are inserted at once, LanceDB keeps one. */
const KEY = new Map([['lance-schema:unenforced-primary-key', 'true']]);

/**
 * Opens a table, and makes it first where there is none. It begins without rows: of several processes that create a table at once, LanceDB
 * lets the last one replace it, so whoever inserts a row has to look for it again.
 */
export async function openRowTable(connect: Connect, { table: name, texts, numbers }: RowTable): Promise<Table> {
  const found = await openOrNothing(connect, name);
  if (found) return found;
  const { Field, Float64, Schema, Utf8 } = arrow();
  const schema = new Schema([
    new Field('name', new Utf8(), false, KEY),
    ...texts.map((column) => new Field(column, new Utf8(), false)),
    ...numbers.map((column) => new Field(column, new Float64(), false)),
  ]);
  const connection = await connect();
  try {
    return await connection.createEmptyTable(name, schema, { mode: 'create', existOk: true });
  } catch (error) {
    const made = await openOrNothing(connect, name); // another process was first
    if (made) return made;
    throw error;
  }
}

/**
 * Changes a row if it is still as `where` says. Of several processes that try at once, one succeeds: LanceDB looks again after a conflict. Where another
 * process has replaced the table, nothing was changed.
 */
export async function swapRow(table: Table, where: string, values: Readonly<Record<string, string | number>>): Promise<boolean> {
  const changed = await unlessReplaced(table.update({ where, values }));
  return changed !== undefined && changed.rowsUpdated > 0;
}

/** Adds a row unless its name has one, or another process has replaced the table: look for it again. */
export async function insertOnce(table: Table, row: Readonly<Record<string, string | number>>): Promise<void> {
  await unlessReplaced(table.mergeInsert('name').whenNotMatchedInsertAll().execute([row]));
}

/** A process that creates the table a little later replaces it: LanceDB then refuses a commit that began before. */
const unlessReplaced = <T>(commit: Promise<T>): Promise<T | undefined> =>
  commit.catch((error: unknown) => {
    if (/incompatible with concurrent transaction Overwrite/.test(messageOf(error))) return undefined;
    throw error;
  });
