import type { Embedding } from '../../core/embedding.js';
import { type CelledRows, cellsByNearness, decode } from './cells.js';
import { drawFrom, soundRows } from './find-cells.js';
import { findCandidates, type LoadedCodes } from './rounded-rows.js';

const QUERIES = 100;
const NEIGHBOURS = 10;
/** The share of the true neighbours that a search has to find: of queries that were not measured, it finds a little less. */
const ENOUGH = 0.985;
/** A search that compares more of the rows, and more than take a millisecond, is hardly faster than one that compares all. */
const MOST = { share: 0.25, rows: 20_000 };

/**
 * How many rows a search has to compare so that it finds the true neighbours, by their rounded similarities; undefined where a quarter of them is
 * not enough. Two kinds of queries have to find theirs: rows of the table, as pictures are looked for, and texts, which are like no picture and
 * whose neighbours are spread over more cells.
 *
 * @param texts embeddings of texts; where none are given, directions between several rows stand for them
 */
export async function chooseProbed(rows: CelledRows & LoadedCodes, texts: readonly Embedding[]): Promise<number | undefined> {
  const sound = soundRows(rows);
  const draw = drawFrom(2);
  const embeddingOf = (row: number): Embedding => decode(rows, rows.codes.subarray(row * rows.stride, (row + 1) * rows.stride));
  const drawn = (): number => sound[draw(sound.length)] as number;
  const pictures = Array.from({ length: QUERIES }, drawn).map((row) => ({ query: embeddingOf(row), self: row }));
  const others =
    texts.length > 0 ? texts.slice(0, QUERIES) : Array.from({ length: QUERIES }, () => sumOf([drawn(), drawn(), drawn()].map(embeddingOf)));
  const most = Math.max(MOST.rows, Math.floor(MOST.share * sound.length));
  let probed = 1;
  for (const kind of [pictures, others.map((query) => ({ query, self: undefined }))]) {
    const needs: number[] = [];
    for (const { query, self } of kind) needs.push(...(await neededRows(rows, query, self)));
    const needed = needs.sort((a, b) => a - b)[Math.max(0, Math.ceil(ENOUGH * needs.length) - 1)] ?? 1;
    if (needed > most) return undefined;
    probed = Math.max(probed, needed);
  }
  return probed;
}

const sumOf = (embeddings: readonly Embedding[]): Embedding =>
  (embeddings[0] as Embedding).map((_, i) => embeddings.reduce((sum, one) => sum + (one[i] as number), 0) / Math.sqrt(embeddings.length));

/** For each true neighbour of a query: how many rows a search compares until it has it. */
async function neededRows(rows: CelledRows & LoadedCodes, query: Embedding, self: number | undefined): Promise<number[]> {
  const { starts } = rows.cells;
  const { rows: candidates } = await findCandidates(rows, rows.scan, { query, count: NEIGHBOURS + (self === undefined ? 0 : 1) });
  const neighbours = new Set(
    nearestOf(
      rows,
      query,
      candidates.filter((row) => row !== self),
    ),
  );
  const needs: number[] = [];
  let compared = 0;
  for (const cell of cellsByNearness(rows, query)) {
    const [from, to] = [starts[cell] as number, starts[cell + 1] as number];
    for (const row of neighbours) if (row >= from && row < to) needs.push(compared + 1);
    compared += to - from;
    if (needs.length === neighbours.size) break;
  }
  return needs;
}

/** Of some rows, the nearest by their rounded similarity. */
function nearestOf({ codes, ...grid }: CelledRows & LoadedCodes, query: Embedding, rows: readonly number[]): number[] {
  const similarityOf = (row: number): number =>
    decode(grid, codes.subarray(row * grid.stride, (row + 1) * grid.stride)).reduce(
      (sum, value, i) => sum + value * (query[i] as number),
      0,
    );
  return rows
    .map((row) => ({ row, near: similarityOf(row) }))
    .sort((a, b) => b.near - a.near || a.row - b.row)
    .slice(0, NEIGHBOURS)
    .map(({ row }) => row);
}
