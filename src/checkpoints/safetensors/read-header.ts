import { LabelwiseError } from '../../errors.js';
import type { RangeReader } from '../../files/range-reader.js';
import { DTYPE_BYTES, type TensorDtype } from './tensor-dtypes.js';

/** Where a tensor's values lie: `length` bytes from `offset` of the file, row after row, little-endian. */
export interface TensorEntry {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

/** Real headers take some 250 bytes a tensor; more than this is no model of ours, and is not read into memory. */
const MAX_HEADER_BYTES = 8 * 2 ** 20;

/**
 * Reads the header of a safetensors file, and nothing else of it: an 8-byte little-endian length, then JSON of
 * `{ name: { dtype, shape, data_offsets } }`. It is taken as hostile: every length, dtype, shape and offset is checked, tensors may
 * not overlap, leave holes or be named twice. Format: https://github.com/huggingface/safetensors
 *
 * @param fileSize bytes of the file, where they are known: the last tensor has to end there
 * @throws LabelwiseError `CHECKPOINT_DAMAGED` with what is wrong
 */
export async function readSafetensorsHeader(read: RangeReader, file: string, fileSize?: number): Promise<Map<string, TensorEntry>> {
  const fail = (why: string, cause?: unknown): LabelwiseError => damaged(file, why, cause);
  const prefix = await read(0, 8);
  if (prefix.length < 8) throw fail('it is shorter than its own header');
  const headerLength = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (headerLength < 2 || headerLength > MAX_HEADER_BYTES || (fileSize !== undefined && 8 + headerLength > fileSize)) {
    throw fail(`its header is said to take ${headerLength} bytes`);
  }
  const bytes = await read(8, headerLength);
  if (bytes.length < headerLength) throw fail('it ends within its header');
  const base = 8 + headerLength;
  const entries = new Map<string, TensorEntry>();
  for (const [name, value] of Object.entries(parseHeader(bytes, fail))) {
    if (name !== '__metadata__') entries.set(name, toEntry(name, value, base, fail));
  }
  checkLayout(entries, base, fileSize, fail);
  return entries;
}

type Fail = (why: string, cause?: unknown) => LabelwiseError;

function parseHeader(bytes: Uint8Array, fail: Fail): object {
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    throw fail('its header is not JSON', cause);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw fail('its header is not a JSON object');
  const twice = findDuplicateKey(text);
  if (twice !== undefined) throw fail(`its header has ${JSON.stringify(twice)} twice`);
  return header;
}

/** The first key that one of the objects of a valid JSON text has twice: JSON.parse keeps the last in silence. */
function findDuplicateKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // a set for an object, undefined for an array
  for (const [token, isKey] of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (isKey !== undefined) {
      const key = JSON.parse(token.slice(0, token.length - isKey.length)) as string;
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}

function toEntry(name: string, value: unknown, base: number, fail: Fail): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const label = JSON.stringify(name.slice(0, 100));
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BYTES, dtype))
    throw fail(`${label} has the dtype ${JSON.stringify(dtype)?.slice(0, 40)}`);
  if (!isSizes(shape) || shape.length > 8) throw fail(`${label} has no shape that could be`);
  if (!isSizes(offsets) || offsets.length !== 2) throw fail(`${label} has no data_offsets`);
  const [begin, end] = offsets as [number, number];
  const length = shape.reduce((product, size) => product * size, 1) * DTYPE_BYTES[dtype as TensorDtype];
  if (end - begin !== length) throw fail(`${label} should take ${length} bytes, and is given ${end - begin}`);
  return { dtype: dtype as TensorDtype, shape, offset: base + begin, length };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Tensors lie end to end, from the header to the end of the file. */
function checkLayout(entries: ReadonlyMap<string, TensorEntry>, base: number, fileSize: number | undefined, fail: Fail): void {
  let end = base;
  for (const [name, entry] of [...entries].sort(([, a], [, b]) => a.offset - b.offset || a.length - b.length)) {
    if (entry.offset !== end)
      throw fail(`there is ${entry.offset < end ? 'an overlap' : 'a hole'} before ${JSON.stringify(name.slice(0, 100))}`);
    end += entry.length;
  }
  if (fileSize !== undefined && end !== fileSize) throw fail(`it has ${fileSize} bytes, and its header speaks of ${end}`);
}

function damaged(file: string, why: string, cause?: unknown): LabelwiseError {
  return new LabelwiseError('CHECKPOINT_DAMAGED', `${file} cannot be read: ${why}.`, {
    hint: 'It is cut short or broken: download it again (labelwise models pull).',
    cause,
  });
}
