import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { openReplacement } from '../../files/open-replacement.js';
import type { ImageTableFacts } from '../image-table-schema.js';
import { type Cells, roomForCells } from './cells.js';
import type { KeptPlaces } from './kept-rows.js';
import {
  type LoadedCodes,
  openScanMemory,
  type RoundedRows,
  type RowRange,
  type RowScan,
  type ScanMemory,
  toStride,
} from './rounded-rows.js';
import { scanStored } from './stored-codes.js';
import type { TableStamp } from './table-stamp.js';

/** Which version of a table rounded rows are of, and what it says of itself. */
export interface RoundedOf extends TableStamp {
  readonly dimension: number;
  readonly facts: ImageTableFacts & { readonly dimension: number };
  /** The columns that are kept beside the embedding. */
  readonly columns: readonly string[];
  /** Whether the table has a vector index. */
  readonly isIndexed: boolean;
}

/** Rounded rows, ready to be scanned. */
export interface OpenedRows extends RoundedRows {
  readonly of: RoundedOf;
  readonly scan: RowScan;
  readonly kept: KeptPlaces;
  readonly cells: Cells | undefined;
  /** The folder of the files; undefined where they could not be written, and whole rows are read from the table. */
  readonly folder: string | undefined;
}

/** The same with all codes in memory. */
export interface LoadedRows extends OpenedRows, LoadedCodes {
  readonly scan: ScanMemory;
}

const MAGIC = 'labelwise-rounded-3\n';
const HEADER_BYTES = 8192;

/** Told by the sum of what follows and by its magic: nobody else writes it. */
interface Header {
  readonly of: RoundedOf;
  readonly rows: number;
  readonly files: readonly string[];
  /** How many cells there are, in how many groups, and how many rows a search by them compares. */
  readonly cells: number;
  readonly groups: number;
  readonly probed: number;
  readonly crc32: number;
}

/** The parts of the file after its header, in order, before the codes. */
const partsOf = ({ means, steps, ids, errors, kept, cells }: Omit<OpenedRows, 'scan'>): Uint8Array[] =>
  [
    means,
    steps,
    ids,
    errors,
    kept.places,
    kept.lengths,
    kept.sums,
    ...(cells
      ? [cells.starts, cells.groupStarts, ...[cells.centres, cells.groups].flatMap(({ halves, memory }) => [halves, memory.codes])]
      : []),
  ].map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength));

const ROWS_A_BLOCK = 4096;

/** Codes have a sum for each block: a cell, or so many rows. */
function blocksOf({ cells, ids }: Pick<OpenedRows, 'cells' | 'ids'>): RowRange[] {
  if (cells)
    return Array.from({ length: cells.centres.count }, (_, i) => ({ from: cells.starts[i] as number, to: cells.starts[i + 1] as number }));
  return Array.from({ length: Math.ceil(ids.length / ROWS_A_BLOCK) }, (_, i) => ({
    from: i * ROWS_A_BLOCK,
    to: Math.min(ids.length, (i + 1) * ROWS_A_BLOCK),
  }));
}

/** What rounded rows are made room for. */
export interface Room {
  readonly of: RoundedOf;
  readonly rows: number;
  readonly folder: string | undefined;
  readonly files?: readonly string[];
  readonly cells?: number;
  readonly groups?: number;
  readonly probed?: number;
}

/** Room for rows. Undefined where the machine has no WebAssembly SIMD. */
export function roomFor(room: Room): LoadedRows | undefined {
  const rows = roomForFacts(room);
  const scan = openScanMemory(room.rows, rows.stride);
  return scan && { ...rows, scan, codes: scan.codes };
}

const roomForFacts = ({ of, rows, folder, files = [], cells = 0, groups = 0, probed = 0 }: Room): Omit<OpenedRows, 'scan'> => ({
  of,
  dimension: of.dimension,
  stride: toStride(of.dimension),
  means: new Float32Array(of.dimension),
  steps: new Float32Array(of.dimension),
  ids: new Float64Array(rows),
  errors: new Float32Array(rows),
  folder,
  kept: { files, places: new Float64Array(rows), lengths: new Uint32Array(rows), sums: new Uint32Array(rows) },
  cells: cells > 0 ? roomForCells(toStride(of.dimension), { cells, groups, probed }) : undefined,
});

/** The file of rounded rows, and the folder that it is in. */
export interface RoundedPlace {
  readonly folder: string;
  readonly path: string;
}

/**
 * Reads the file; undefined where it is missing, of another program's version, cut off or changed: it is then made again.
 *
 * @param isWanted asked before the rows are read
 */
export async function readRounded(place: RoundedPlace, isWanted: (of: RoundedOf) => boolean = () => true): Promise<LoadedRows | undefined> {
  return readPlace(place, isWanted, async (file, { rows, sums }) => {
    const scan = openScanMemory(rows.ids.length, rows.stride);
    if (!scan) return undefined;
    const bytes = new Uint8Array(scan.codes.buffer, scan.codes.byteOffset, scan.codes.length);
    await readFully(file, bytes);
    const isSound = blocksOf(rows).every(({ from, to }, i) => crc32(bytes.subarray(from * rows.stride, to * rows.stride)) === sums[i]);
    return isSound ? { ...rows, scan, codes: scan.codes } : undefined;
  });
}

/** The same without the codes, which searches read from the file as they need them: less work and memory where a process searches once. */
export const readRoundedFacts = (place: RoundedPlace, isWanted: (of: RoundedOf) => boolean = () => true): Promise<OpenedRows | undefined> =>
  readPlace(place, isWanted, async (_, { rows, sums, end }) => {
    const scan = scanStored({ path: place.path, start: end, stride: rows.stride, blocks: blocksOf(rows), sums });
    return scan && { ...rows, scan };
  });

/** What is read of the file before its codes. */
interface FactsRead {
  readonly rows: Omit<OpenedRows, 'scan'>;
  /** The sums of the blocks. */
  readonly sums: Uint32Array;
  /** Where the codes begin. */
  readonly end: number;
}

async function readPlace<T>(
  { folder, path }: RoundedPlace,
  isWanted: (of: RoundedOf) => boolean,
  read: (file: FileHandle, facts: FactsRead) => Promise<T | undefined>,
): Promise<T | undefined> {
  const file = await open(path).catch(() => undefined);
  if (!file) return undefined;
  try {
    const start = Buffer.alloc(HEADER_BYTES);
    await readFully(file, start);
    const text = start.toString('utf8').replace(/\0+$/, '');
    if (!text.startsWith(MAGIC)) return undefined;
    const header: Header = JSON.parse(text.slice(MAGIC.length));
    if (!isWanted(header.of)) return undefined;
    const rows = roomForFacts({ ...header, folder });
    let sum = sumOf(header);
    let end = HEADER_BYTES;
    const readPart = async (part: Uint8Array): Promise<void> => {
      await readFully(file, part);
      sum = crc32(part, sum);
      end += part.length;
    };
    for (const part of partsOf(rows)) await readPart(part);
    const sums = new Uint32Array(blocksOf(rows).length);
    await readPart(new Uint8Array(sums.buffer));
    return sum === header.crc32 ? await read(file, { rows, sums, end }) : undefined;
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

const sumOf = ({ crc32: _, ...header }: Header): number => crc32(JSON.stringify(header));

async function readFully(file: FileHandle, into: Uint8Array): Promise<void> {
  for (let at = 0; at < into.length; ) {
    const { bytesRead } = await file.read(into, at, Math.min(into.length - at, 2 ** 28));
    if (bytesRead === 0) throw new RangeError('the file ends early');
    at += bytesRead;
  }
}

/** Puts the file in the place of the one before, in one step. */
export async function writeRounded(path: string, rows: LoadedRows): Promise<void> {
  const { stride, of, ids, kept, cells } = rows;
  const codes = new Uint8Array(rows.codes.buffer, rows.codes.byteOffset, rows.codes.length);
  const sums = Uint32Array.from(blocksOf(rows), ({ from, to }) => crc32(codes.subarray(from * stride, to * stride)));
  const parts = [...partsOf(rows), new Uint8Array(sums.buffer)];
  const celled = { cells: cells?.centres.count ?? 0, groups: cells?.groups.count ?? 0, probed: cells?.probed ?? 0 };
  const facts = { of, rows: ids.length, files: kept.files, ...celled };
  const total = parts.reduce((sum, part) => crc32(part, sum), sumOf({ ...facts, crc32: 0 }));
  const start = Buffer.from(`${MAGIC}${JSON.stringify({ ...facts, crc32: total })}`);
  if (start.length > HEADER_BYTES) throw new RangeError('the header is too long');
  const { file, commit, discard } = await openReplacement(path);
  try {
    for (const part of [start, Buffer.alloc(HEADER_BYTES - start.length), ...parts, codes]) await file.writeFile(part);
    await commit();
  } finally {
    await discard();
  }
}
