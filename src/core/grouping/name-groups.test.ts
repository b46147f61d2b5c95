import { expect, test } from 'vitest';
import type { Concept } from '../decisions/kinds.js';
import { normalize } from '../embedding.js';
import { toMatrix } from '../matrix-product.js';
import { nameGroups } from './name-groups.js';

const WORDS = ['beagle', 'poodle', 'dog', 'car', 'bus', 'photo'];
/** A direction for each word; "photo" lies between all. */
const VECTORS = [
  normalize(Float32Array.of(1, 0, 0, 0, 0)),
  normalize(Float32Array.of(0, 1, 0, 0, 0)),
  normalize(Float32Array.of(0.6, 0.6, 0.5, 0, 0)),
  normalize(Float32Array.of(0, 0, 0, 1, 0)),
  normalize(Float32Array.of(0, 0, 0, 0, 1)),
  normalize(Float32Array.of(1, 1, 1, 1, 1)),
];
const CONCEPTS: Concept[] = [['dog|domestic dog'], ['beagle', 0], ['poodle', 0]];
const options = { words: WORDS, vectors: VECTORS, concepts: CONCEPTS, scale: 20, others: 2 };
const [beagle, poodle, , car, bus] = VECTORS as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
const names = async (images: Float32Array[], groupOf: number[]): Promise<string[]> =>
  (await nameGroups(toMatrix(images), Int32Array.from(groupOf), options)).map(({ word }) => WORDS[word] as string);

test('a group of one kind has its name, and one of several kinds the name above them', async () => {
  expect(await names([beagle, beagle, poodle, poodle, car, car], [0, 0, 1, 1, 2, 2])).toEqual(['beagle', 'poodle', 'car']);
  expect(await names([beagle, poodle, beagle, poodle, car, bus], [0, 0, 0, 0, 1, 1])).toEqual(['dog', expect.stringMatching(/car|bus/)]);
});

test('no two groups have one name: the group that it fits better has it', async () => {
  const lessCar = normalize(Float32Array.of(0, 0, 0, 1, 0.95));
  const [first, second] = await names([lessCar, lessCar, car, car, beagle], [0, 0, 1, 1, 2]);
  expect(second).toBe('car');
  expect(first).toBe('bus');
});

test('images of no group count for the collection, and further names differ from the name and each other', async () => {
  const [group] = await nameGroups(toMatrix([car, car, bus, beagle]), Int32Array.of(0, 0, -1, -1), options);
  expect(WORDS[group?.word as number]).toBe('car');
  expect(new Set([group?.word, ...(group?.others ?? [])]).size).toBe(3);
  expect(group?.probability).toBeGreaterThan(0.9);
  expect(group?.probability).toBeLessThanOrEqual(1);
});
