import { describe, expect, test } from 'vitest';
import type { RangeReader } from '../../files/range-reader.js';
import { encodeFloat16 } from './float16.js';
import { readSafetensorsScalars } from './read-scalars.js';
import { decodeFloat16 } from './tensor-dtypes.js';

function file(header: unknown, data: Uint8Array = new Uint8Array(64), headerLength?: bigint): RangeReader {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerLength ?? BigInt(json.length));
  const whole = Buffer.concat([length, json, data]);
  return async (offset, size) => whole.subarray(offset, offset + size);
}
const scalar = (dtype: string, begin: number, end: number, shape: number[] = []) => ({ dtype, shape, data_offsets: [begin, end] });

test('scalars of every float type are read, and nothing else', async () => {
  const data = Buffer.alloc(64);
  data.writeFloatLE(4.6052, 0);
  data.writeUInt16LE(0x4093, 4); // bfloat16 4.59375
  data.writeUInt16LE(encodeFloat16(-12.93), 6);
  data.writeDoubleLE(2.5, 8);
  const read = file(
    {
      a: scalar('F32', 0, 4),
      b: scalar('BF16', 4, 6, [1]),
      c: scalar('F16', 6, 8),
      d: scalar('F64', 8, 16),
      v: scalar('F32', 16, 32, [4]),
      i: scalar('I64', 32, 40),
      rest: scalar('U8', 40, 64, [24]),
      __metadata__: { x: 'y' },
    },
    data,
  );
  const scalars = await readSafetensorsScalars(read, ['a', 'b', 'c', 'd', 'v', 'i', 'none', '__metadata__'], 'x.safetensors');
  expect([...scalars].map(([name, value]) => [name, Number(value.toFixed(3))])).toEqual([
    ['a', 4.605],
    ['b', 4.594],
    ['c', -12.93],
    ['d', 2.5],
  ]);
});

test.each([
  ['an empty file', async () => new Uint8Array(0)],
  ['a header of 2^63 bytes', file({}, undefined, 2n ** 63n)],
  ['a header that is not JSON', file('{"a":')],
  ['a header that is a list', file('[1]')],
  ['a header that is not UTF-8', file(Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1'), undefined, 2n)],
  ['weights that end early', file({ logit_scale: scalar('F32', 1000, 1004) })],
] as const)('%s is refused', async (_name, read) => {
  await expect(readSafetensorsScalars(read, ['logit_scale'], 'x.safetensors')).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED' });
});

describe('float16', () => {
  test('every one of the 65,536 patterns comes back', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = decodeFloat16(bits);
      if (Number.isNaN(value)) continue;
      if (encodeFloat16(value) !== bits) expect([bits, encodeFloat16(value)]).toEqual([bits, bits]);
    }
  });

  test('values between two patterns go to the nearest, ties to even, and large ones to infinity', () => {
    expect(encodeFloat16(1 + 2 ** -11)).toBe(0x3c00);
    expect(encodeFloat16(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(encodeFloat16(1e6)).toBe(0x7c00);
    expect(decodeFloat16(encodeFloat16(2047.9))).toBe(2048);
  });
});
