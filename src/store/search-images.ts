import { type Embedding, isUnit } from '../core/embedding.js';
import { LabelwiseError } from '../errors.js';
import { inStoreWords } from './connect.js';
import { openCurrentTable } from './current-images.js';
import { DAMAGED, type DamageOptions } from './damaged-embeddings.js';
import { chunks, type FileRow } from './image-index.js';
import { COLUMNS, HAS_EMBEDDING, type ImageRow, type ImageTableFacts } from './image-table-schema.js';
import { refuseLooseCondition, toSqlText } from './sql-text.js';
import { toWhereError } from './where-error.js';

/** An image that was found; `paths` are all its names, the first in order first. */
export interface FoundImageRow extends FileRow {
  readonly content_hash: string;
  /** The cosine with the query; undefined where nothing was searched for. */
  readonly similarity: number | undefined;
  readonly paths: readonly string[];
}

export interface ImageSearch {
  /** What to look for: unit length, [dimension]. Without it, images come by `rankOf`, and in the order of their paths. */
  readonly query?: Embedding | undefined;
  /** SQL over the columns of the table. */
  readonly where?: string | undefined;
  /** Only these images. */
  readonly contentHashes?: ReadonlySet<string> | undefined;
  readonly isWanted?: ((contentHash: string) => boolean) | undefined;
  /** What images are ranked by where there is no query, the highest first; then by path. */
  readonly rankOf?: ((contentHash: string) => number) | undefined;
  readonly minSimilarity?: number | undefined;
  readonly limit: number;
  readonly offset?: number | undefined;
  /** Compare with every row, index or not. */
  readonly isExact?: boolean | undefined;
}

/** The index of a database, to be searched. */
export interface ImageSearcher {
  readonly facts: ImageTableFacts & { readonly dimension: number };
  /** The nearest images, nearest first; a picture under several names is found once. @throws LabelwiseError `INVALID_ARGUMENT` for a bad `where` */
  search(search: ImageSearch): Promise<FoundImageRow[]>;
  /** The image of a path or of the beginning of a content hash. */
  find(id: string): Promise<ImageRow | undefined>;
  close(): void;
}

/** Opens the current index of a database folder. @throws LabelwiseError `INDEX_NOT_FOUND` */
export async function openImageSearcher(folder: string, { onWarning }: DamageOptions = {}): Promise<ImageSearcher> {
  const { table, facts, close } = await openCurrentTable(folder);
  const columns = Object.keys(COLUMNS);

  /** The `count` nearest rows. Cosine is asked for by name, and refined: through an index the distance is another without it. */
  const nearest = async ({ query, where, isExact }: ImageSearch, count: number, named: readonly string[] | undefined) => {
    const terms = where === undefined ? [] : [`(${where})`];
    if (query === undefined) terms.push(HAS_EMBEDDING); // a vector search leaves rows without one out by itself, and faster
    if (named) terms.push(`content_hash IN (${named.map(toSqlText).join(', ')})`);
    const filter = terms.join(' AND ');
    const rows = await inStoreWords('the index cannot be searched', async () => {
      if (query === undefined) return table.query().where(filter).select(columns).toArray();
      let search = table
        .vectorSearch(query)
        .column('embedding')
        .distanceType('cosine')
        .limit(count)
        .select([...columns, '_distance'])
        .withRowId();
      if (filter !== '') search = search.where(filter);
      search = isExact ? search.bypassVectorIndex() : search.refineFactor(REFINE).ef(Math.max(MIN_EF, count * 2));
      return search.toArray();
    }).catch((error: unknown) => {
      throw where === undefined ? error : toWhereError(where, error);
    });
    const found = rows.map((row): Row => ({ ...row.toJSON() }));
    const sound = found.filter((row) => !Number.isNaN(row._distance));
    if (sound.length < found.length) onWarning?.(DAMAGED);
    return sound;
  };

  /** The rows whose embedding is not of unit length: what their distance says means nothing. */
  const damagedOf = async (rows: readonly Row[]): Promise<Set<bigint>> => {
    const damaged = new Set<bigint>();
    for (const some of chunks(rows, MAX_NAMED)) {
      const query = table.takeRowIds(some.map(rowIdOf)).select(['embedding']).withRowId();
      const read = await inStoreWords('the index cannot be read', () => query.toArrow());
      const [ids, embeddings] = [read.getChild('_rowid'), read.getChild('embedding')];
      for (let i = 0; i < read.numRows; i++) if (!isUnit(Float32Array.from(embeddings?.get(i)))) damaged.add(BigInt(ids?.get(i)));
    }
    return damaged;
  };

  return {
    facts,
    async search(search) {
      const { query, contentHashes, limit, offset = 0, isWanted = () => true, minSimilarity = Number.NEGATIVE_INFINITY } = search;
      if (query && query.length !== facts.dimension) throw otherDimension(facts.dimension, query.length);
      if (search.where !== undefined) refuseLooseCondition(search.where);
      const named = contentHashes && [...contentHashes];
      const total = await inStoreWords('the index cannot be counted', () => table.countRows());
      for (let count = Math.min(total, (offset + limit) * 2 + 16); ; count = Math.min(total, count * 4)) {
        const rows: Row[] = [];
        for (const some of named ? chunks(named, MAX_NAMED) : [undefined]) rows.push(...(await nearest(search, Math.max(1, count), some)));
        const toPage = (sound: readonly Row[]) =>
          toImages(sound, search.rankOf).filter((image) => isWanted(image.content_hash) && (image.similarity ?? 1) >= minSimilarity);
        let images = toPage(rows);
        const shown = new Set(images.slice(0, offset + limit).map((image) => image.content_hash));
        if (query && (await damagedOf(rows.filter((row) => shown.has(row.content_hash ?? '')))).size > 0) {
          onWarning?.(DAMAGED);
          const damaged = await damagedOf(rows);
          images = toPage(rows.filter((row) => !damaged.has(rowIdOf(row))));
        }
        const isAll =
          query === undefined ||
          count >= total ||
          rows.length < count ||
          (images.length < rows.length && belowMinimum(rows, minSimilarity));
        if (images.length >= offset + limit || isAll) return images.slice(offset, offset + limit);
      }
    },
    async find(id) {
      const isHash = /^[0-9a-f]{6,64}$/.test(id);
      const filter = `${HAS_EMBEDDING} AND (path = ${toSqlText(id)}${isHash ? ` OR starts_with(content_hash, ${toSqlText(id)})` : ''})`;
      const [row] = await inStoreWords('the index cannot be read', () => table.query().where(filter).limit(1).toArray());
      return row && { ...row.toJSON(), embedding: Float32Array.from(row.embedding) };
    },
    close,
  };
}

/** Times as many rows as are wanted are compared exactly after the index has chosen them. Measured: recall@10 of 0.99 and more. */
export const REFINE = 4;
/** How far the graph is searched at least. */
export const MIN_EF = 200;
const MAX_NAMED = 1000;

type Row = FileRow & { readonly _distance?: number; readonly _rowid?: bigint | number };

const rowIdOf = ({ _rowid = 0 }: Row): bigint => BigInt(_rowid);

const belowMinimum = (rows: readonly Row[], minSimilarity: number): boolean =>
  rows.some((row) => row._distance !== undefined && 1 - row._distance < minSimilarity);

/** Rows as images, nearest or highest first, then by path; a picture under several names is one. */
function toImages(rows: readonly Row[], rankOf: ImageSearch['rankOf'] = () => 0): FoundImageRow[] {
  const byHash = new Map<string, Row[]>();
  for (const row of rows) {
    const list = byHash.get(row.content_hash ?? '');
    if (list) list.push(row);
    else byHash.set(row.content_hash ?? '', [row]);
  }
  const byPath = (a: Row, b: Row): number => (a.path < b.path ? -1 : 1);
  return [...byHash]
    .map(([content_hash, copies]) => ({ content_hash, copies: copies.sort(byPath) }))
    .map((image) => ({ ...image, place: image.copies[0]?._distance ?? -rankOf(image.content_hash) }))
    .sort((a, b) => a.place - b.place || byPath(a.copies[0] as Row, b.copies[0] as Row))
    .map(({ content_hash, copies }) => {
      const { _distance, _rowid, ...row } = copies[0] as Row;
      return {
        ...row,
        content_hash,
        similarity: _distance === undefined ? undefined : 1 - _distance,
        paths: copies.map((copy) => copy.path),
      };
    });
}

const otherDimension = (expected: number, got: number): LabelwiseError =>
  new LabelwiseError('INDEX_MISMATCH', `Expected an embedding of ${expected} numbers, as the index has, got ${got}.`, {
    hint: 'Search with the model that the images were indexed with.',
  });
