import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { FLOAT_FORMAT } from '../formats/float-format.js';
import { GraphBuilder } from '../graph-builder.js';
import { quantizeRow, quantizeWeights } from './quantize-tensor.js';

const LEVELS = [127, 1, 64, 64, 1, 127];
const rows = fc.float32Array({ minLength: 1, maxLength: 40, noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

test('weights come back within half a step, or one and a half where a pair had to be held down, and no pair is over 128', () => {
  fc.assert(
    fc.property(rows, (row) => {
      const values = new Int8Array(row.length);
      const scale = quantizeWeights(row, { values, at: 0, stride: 1 });
      for (let i = 0; i < row.length; i++) expect(Math.abs((row[i] as number) / scale - (values[i] as number))).toBeLessThan(1.501);
      for (let i = 0; i + 1 < row.length; i += 2)
        expect(Math.abs((values[i] as number) + (values[i + 1] as number))).toBeLessThanOrEqual(128);
    }),
  );
});

test('a table keeps the whole range, and both can be written transposed', () => {
  const values = new Int8Array(4);
  expect(quantizeRow(Float32Array.of(2, 2), { values, at: 1, stride: 2 })).toBeCloseTo(2 / 127, 6);
  expect(quantizeWeights(Float32Array.of(2, 2), { values, at: 0, stride: 2 })).toBeCloseTo(4 / 128, 6);
  expect([...values]).toEqual([64, 127, 64, 127]);
  expect(quantizeRow(Float32Array.of(0, 0), { values, at: 0, stride: 1 })).toBe(1);
});

/** The product of uint8 activations [rows, from] around 128 and int8 weights [from, to], as the int8 graphs have it. */
async function multiply(activations: Uint8Array, weights: Int8Array, [from, to]: readonly [number, number]): Promise<number[]> {
  const b = new GraphBuilder('product', new Map(), FLOAT_FORMAT);
  const [one, zero] = [b.floats([1], []), b.constant('zero_point', 'uint8', [], Uint8Array.of(128))];
  const scales = b.constant('scales', 'float32', [to], new Uint8Array(new Float32Array(to).fill(1).buffer));
  const matrix = b.constant('weights', 'int8', [from, to], new Uint8Array(weights.buffer));
  const x = b.input('x', 'uint8', ['rows', from]);
  const product = b.node('MatMulIntegerToFloat', [x, matrix, one, scales, zero, b.constant('zeros', 'int8', [to], new Uint8Array(to))]);
  b.output(product, 'y', ['rows', to]);
  const session = await InferenceSession.create(b.finish());
  const { y } = await session.run({ x: new Tensor('uint8', activations, [activations.length / from, from]) });
  const values = [...((y as Tensor).data as Float32Array)];
  await session.release();
  return values;
}

test.each([1, 2, 7, 50])('the product of %d rows is exact on this processor, whatever the activations', async (count) => {
  const [from, to] = [102, 24];
  const weights = new Int8Array(from * to);
  for (let column = 0; column < to; column++) {
    const sign = column % 2 ? -1 : 1; // all at the bound: the worst for sums of 16 bits
    const row = Float32Array.from({ length: from }, (_, i) => sign * (LEVELS[i % LEVELS.length] as number));
    quantizeWeights(row, { values: weights, at: column, stride: to });
  }
  for (const level of [255, 0]) {
    const activations = new Uint8Array(count * from).fill(level);
    const sumOf = (column: number): number =>
      Array.from({ length: from }, (_, i) => (level - 128) * (weights[i * to + column] as number)).reduce((sum, value) => sum + value, 0);
    const expected = Array.from({ length: count * to }, (_, i) => sumOf(i % to));
    expect(await multiply(activations, weights, [from, to])).toEqual(expected);
  }
});
