import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dotProduct, meanEmbedding, norm, normalize } from './embedding.js';
import { toLogits, toProbabilities } from './scoring.js';
import { topK } from './top-k.js';

const vector = fc.float32Array({ minLength: 2, maxLength: 40, noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

describe('embeddings', () => {
  test('normalising gives length 1 whatever the scale, and leaves the zero vector', () => {
    fc.assert(
      fc.property(vector, fc.constantFrom(1e-3, 2, 1e6), (values, scale) => {
        fc.pre(norm(values) > 1e-3);
        const unit = normalize(values);
        expect(norm(unit)).toBeCloseTo(1, 5);
        const scaled = normalize(values.map((value) => value * scale));
        for (const [i, value] of unit.entries()) expect(scaled[i]).toBeCloseTo(value, 4);
      }),
    );
    expect(normalize(new Float32Array(3))).toEqual(new Float32Array(3));
    expect(norm(normalize(Float32Array.of(3e38, 3e38)))).toBeCloseTo(1, 6);
    expect(norm(normalize(Float32Array.of(1e-40, 1e-40)))).toBeCloseTo(1, 4);
  });

  test('the mean of unit vectors is renormalised', () => {
    const mean = meanEmbedding([Float32Array.of(1, 0), Float32Array.of(0, 1)]);
    expect([...mean].map((x) => x.toFixed(6))).toEqual(['0.707107', '0.707107']);
    expect(dotProduct(Float32Array.of(1, 2), Float32Array.of(3, 4))).toBe(11);
  });
});

describe('probabilities', () => {
  test('softmax sums to 1 and keeps the order, for logits of any size', () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 1, maxLength: 200, noNaN: true, min: -1e4, max: 1e4 }), (logits) => {
        const probabilities = toProbabilities(logits, 'softmax');
        expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4);
        expect(probabilities[topK(logits, 1)[0] as number]).toBe(Math.max(...probabilities));
      }),
    );
    expect([...toProbabilities(Float32Array.of(1e4, 0), 'softmax')]).toEqual([1, 0]);
    expect([...toProbabilities(Float32Array.of(0, Math.log(3)), 'softmax')].map((p) => p.toFixed(4))).toEqual(['0.2500', '0.7500']);
  });

  test('sigmoid is stable at both ends, and logits are scale * similarity + bias', () => {
    expect([...toProbabilities(Float32Array.of(-1e4, 0, 1e4), 'sigmoid')]).toEqual([0, 0.5, 1]);
    expect([...toLogits(Float32Array.of(0.25, -1), { logitScale: 100, logitBias: -12 })]).toEqual([13, -112]);
  });
});

test('topK is the head of a stable sort, NaN last, for any k', () => {
  const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(Number.NaN));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 150 }), fc.integer({ min: 0, max: 160 }), (values, k) => {
      const size = (i: number): number => (Number.isNaN(values[i]) ? Number.NEGATIVE_INFINITY : (values[i] as number));
      const sorted = values.map((_, i) => i).sort((a, b) => size(b) - size(a) || a - b);
      const expected = sorted.slice(0, k);
      expect(topK(Float32Array.from(values), k)).toEqual(expected);
    }),
  );
});
