import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLabelSet, type LabelInput } from '../label-set.js';
import { descend, type LabelTree, sumUp, treeOf } from './label-tree.js';

const ANIMALS: LabelInput[] = [
  'animal',
  { label: 'dog', parent: 'animal' },
  { label: 'beagle', parent: 'dog' },
  { label: 'poodle', parent: 'dog' },
  { label: 'cat', parent: 'animal' },
  'car',
];
const tree = (inputs: readonly LabelInput[]): LabelTree => treeOf(createLabelSet(inputs).labels) as LabelTree;

/** A label set where each label hangs below an earlier one or none, and shares that sum to 1. */
const anyTree = fc
  .array(fc.record({ above: fc.integer({ min: -1, max: 20 }), weight: fc.double({ min: 0.01, max: 1, noNaN: true }) }), {
    minLength: 2,
    maxLength: 20,
  })
  .map((nodes) => {
    const total = nodes.reduce((sum, { weight }) => sum + weight, 0);
    const inputs = nodes.map(({ above }, i) => ({ label: `l${i}`, parent: above >= 0 && above < i ? `l${above}` : undefined }));
    return { inputs, shares: Float64Array.from(nodes, ({ weight }) => weight / total) };
  });

test('sums agree on every level', () => {
  const sums = sumUp(tree(ANIMALS), Float64Array.from([0.1, 0.1, 0.4, 0.1, 0.1, 0.2]));
  expect([...sums].map((sum) => Math.round(sum * 100))).toEqual([80, 60, 40, 10, 10, 20]);
});

test('no child exceeds its parent, and the roots sum to 1, whatever the order of the labels', () => {
  fc.assert(
    fc.property(anyTree, ({ inputs, shares }) => {
      const built = treeOf(createLabelSet(inputs.toReversed()).labels);
      if (!built) return;
      const sums = sumUp(built, shares.toReversed());
      let roots = 0;
      for (const [label, parent] of built.parents.entries()) {
        if (parent < 0) roots += sums[label] as number;
        else expect(sums[label]).toBeLessThanOrEqual((sums[parent] as number) + 1e-12);
      }
      expect(roots).toBeCloseTo(1, 9);
    }),
  );
});

test('the answer is as precise as the evidence', () => {
  const answer = (...shares: number[]): number => descend(tree(ANIMALS), sumUp(tree(ANIMALS), Float64Array.from(shares)));
  expect(answer(0, 0, 0.9, 0.05, 0.02, 0.03)).toBe(2); // beagle
  expect(answer(0, 0, 0.4, 0.4, 0.1, 0.1)).toBe(1); // dog
  expect(answer(0, 0, 0.3, 0.15, 0.4, 0.15)).toBe(0); // animal
  expect(answer(0, 0, 0.1, 0.1, 0.1, 0.7)).toBe(5); // car
});

test('a set without parents is no tree; unknown parents and circles are refused', () => {
  expect(treeOf(createLabelSet(['cat', 'dog']).labels)).toBeUndefined();
  expect(() => createLabelSet([{ label: 'beagle', parent: 'dog' }])).toThrow(/Expected the parent of "beagle" among the labels/);
  const circle = [
    { label: 'a', parent: 'b' },
    { label: 'b', parent: 'a' },
  ];
  expect(() => createLabelSet(circle)).toThrow(/is above itself/);
});

test('labels without parents have the fingerprint that they always had', () => {
  expect(createLabelSet(['cat', { label: 'dog', parent: undefined }]).fingerprint).toBe(createLabelSet(['cat', 'dog']).fingerprint);
});
