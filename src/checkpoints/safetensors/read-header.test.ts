import { expect, test } from 'vitest';
import type { RangeReader } from '../../files/range-reader.js';
import { readSafetensorsHeader } from './read-header.js';

const entry = (dtype: unknown, shape: unknown, begin: unknown, end: unknown) => ({ dtype, shape, data_offsets: [begin, end] });

function read(header: unknown, dataBytes: number, said?: bigint) {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(said ?? BigInt(json.length));
  const file = Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
  let most = 0;
  const ranges: RangeReader = async (offset, size) => {
    most = Math.max(most, size);
    return file.subarray(offset, offset + size);
  };
  return { result: readSafetensorsHeader(ranges, 'model.safetensors', file.length), most: () => most, base: 8 + json.length };
}

test('tensors are found by name, with their places in the file, in whatever order the header has them', async () => {
  const { result, base } = read(
    { __metadata__: { format: 'pt' }, b: entry('F16', [2, 3], 8, 20), a: entry('F32', [2], 0, 8), none: entry('BF16', [0, 4], 20, 20) },
    20,
  );
  expect(Object.fromEntries(await result)).toEqual({
    a: { dtype: 'F32', shape: [2], offset: base, length: 8 },
    b: { dtype: 'F16', shape: [2, 3], offset: base + 8, length: 12 },
    none: { dtype: 'BF16', shape: [0, 4], offset: base + 20, length: 0 },
  });
});

test.each([
  ['an overlap', { a: entry('F32', [2], 0, 8), b: entry('F32', [1], 4, 8) }, 8, /overlap before "b"/],
  ['a hole', { a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }, 12, /a hole before "b"/],
  ['a hole at the beginning', { a: entry('F32', [1], 4, 8) }, 8, /a hole before "a"/],
  ['data after the last tensor', { a: entry('F32', [1], 0, 4) }, 5, /its header speaks of/],
  ['a tensor that ends after the file', { a: entry('F32', [2], 0, 8) }, 4, /its header speaks of/],
  ['a tensor of the wrong size', { a: entry('F32', [3], 0, 8) }, 8, /"a" should take 12 bytes, and is given 8/],
  ['a size that is no whole number', { a: entry('F32', [0.5], 0, 2) }, 2, /no shape/],
  ['a negative size', { a: entry('F32', [-1], 0, -4) }, 4, /no shape/],
  ['sizes whose product is beyond counting', { a: entry('F32', [2 ** 40, 2 ** 40], 0, 8) }, 8, /should take/],
  ['offsets the wrong way round', { a: entry('F32', [1], 4, 0) }, 4, /should take 4 bytes/],
  ['a dtype that is not known', { a: entry('F4', [2], 0, 1) }, 1, /"a" has the dtype "F4"/],
  ['a dtype of the object prototype', { a: entry('constructor', [2], 0, 1) }, 1, /has the dtype/],
  ['no entry', { a: null }, 0, /"a" has the dtype/],
  [
    'a name twice',
    '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    4,
    /has "a" twice/,
  ],
  ['a field twice', '{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4, /has "dtype" twice/],
  ['a list', '[]', 0, /not a JSON object/],
  ['no JSON', '{"a"', 0, /not JSON/],
])('%s is refused by name', async (_what, header, bytes, message) => {
  await expect(read(header, bytes).result).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED', message: expect.stringMatching(message) });
});

test.each([2n ** 63n, 2n ** 40n, 100_000n, 1n, 0n])('a header that is said to take %d bytes is not read into memory', async (said) => {
  const { result, most } = read({}, 0, said);
  await expect(result).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED', message: expect.stringContaining(`${said}`.slice(0, 5)) });
  expect(most()).toBe(8);
});
