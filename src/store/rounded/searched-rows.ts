import type { Table } from '@lancedb/lancedb';
import { inStoreWords } from '../connect.js';
import { type CurrentTable, openNamedTable, readIndexFile } from '../current-images.js';
import type { Database } from '../database.js';
import type { NearestRows } from '../nearest-rows.js';
import { hasVectorIndex } from '../vector-index.js';
import { type CelledRows, nearestCells } from './cells.js';
import { KeptRowsLost } from './kept-rows.js';
import { nearestExact } from './nearest-exact.js';
import { dropLost, openHeld, openRounded } from './open-rounded.js';
import type { OpenedRows } from './rounded-file.js';
import { type CandidateSearch, DAMAGED_ROW } from './rounded-rows.js';

type NearestSearch = Omit<CandidateSearch, 'ranges'> & { readonly columns: readonly string[] };

/** The rows of the current index: by its files where they are of the newest version, and its table, which is opened when it is first needed. */
export interface SearchedRows {
  readonly facts: CurrentTable['facts'];
  readonly reference: CurrentTable['reference'];
  table(): Promise<Table>;
  total(): Promise<number>;
  /** Whether the table has a vector index. */
  isIndexed(): Promise<boolean>;
  /** The nearest of all rows, or of the wanted ones; undefined where there are no rounded rows. */
  nearest(search: NearestSearch): Promise<NearestRows | undefined>;
  /** The nearest of those in the nearest cells; undefined where there are none. */
  nearestInCells(search: NearestSearch): Promise<NearestRows | undefined>;
  /** Whether one of the rounded rows has a damaged embedding. */
  isDamaged(): boolean;
  close(): void;
}

/** @throws LabelwiseError `INDEX_NOT_FOUND`, `STORE_FAILED` */
export async function openSearchedRows(database: Database): Promise<SearchedRows> {
  const { table: name, ...reference } = await readIndexFile(database);
  let held = await openHeld(database, name);
  let opening: Promise<CurrentTable> | undefined;
  let rounding: Promise<OpenedRows | undefined> | undefined;
  let indexing: Promise<boolean> | undefined;
  let isClosed = false;
  const open = async (): Promise<CurrentTable> => {
    const current = await openNamedTable(database, name, reference);
    if (isClosed) current.close();
    const version = held && (await inStoreWords('the index cannot be read', () => current.table.version()));
    if (held && held.of.version !== version) held = undefined; // written since: what is found comes from one version
    return current;
  };
  const current = (): Promise<CurrentTable> => {
    opening ??= open();
    return opening;
  };
  const table = async (): Promise<Table> => (await current()).table;
  const round = async (): Promise<OpenedRows | undefined> => {
    if (held) return held;
    rounding ??= current().then((opened) => openRounded(database, opened));
    const rounded = await rounding;
    held ??= rounded;
    return held;
  };
  /** Searches rounded rows; those whose files are damaged are made again. */
  const search = async (find: (rows: OpenedRows) => Promise<NearestRows | undefined>): Promise<NearestRows | undefined> => {
    for (let attempt = 0; attempt < 2; attempt++) {
      const rows = await round();
      if (!rows) return undefined;
      try {
        return await find(rows);
      } catch (error) {
        if (!(error instanceof KeptRowsLost)) throw error;
        if (held === rows) [held, rounding] = [undefined, undefined];
        await dropLost(database, name, rows);
        if (opening === undefined) held ??= await openHeld(database, name); // another process may have put others in their place
      }
    }
    return undefined;
  };
  const { facts } = held ? held.of : await current();
  return {
    facts,
    reference,
    table,
    async total() {
      if (held) return held.ids.length;
      const opened = await table();
      return inStoreWords('the index cannot be counted', () => opened.countRows());
    },
    async isIndexed() {
      if (held) return held.of.isIndexed;
      indexing ??= table().then((opened) => hasVectorIndex(opened)); // an open table stays as it is
      return indexing;
    },
    nearest: (asked) => search((rows) => nearestExact(table, rows, asked)),
    nearestInCells: (asked) =>
      search(async (rows) =>
        rows.cells ? nearestExact(table, rows, { ...asked, ranges: nearestCells(rows as CelledRows, asked.query) }) : undefined,
      ),
    isDamaged: () => held !== undefined && isDamaged(held),
    close() {
      isClosed = true;
      opening?.then(
        (opened) => opened.close(),
        () => {},
      );
    },
  };
}

const damaged = new WeakMap<OpenedRows, boolean>();

function isDamaged(rows: OpenedRows): boolean {
  const known = damaged.get(rows) ?? rows.errors.includes(DAMAGED_ROW);
  damaged.set(rows, known);
  return known;
}
