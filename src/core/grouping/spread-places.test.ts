import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapSize, spreadPlaces } from './spread-places.js';

const share = fc.double({ min: 0, max: 1, noNaN: true });

test('each picture gets a cell of its own on the map', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ x: share, y: share, group: fc.nat(3) }), { minLength: 1, maxLength: 80 }), (pictures) => {
      const places = spreadPlaces(
        pictures,
        pictures.map(({ group }) => group),
      );
      const { columns, rows } = mapSize(pictures.length);
      const cells = places.map(({ x, y }) => `${Math.floor(x * columns)} ${Math.floor(y * rows)}`);
      expect(new Set(cells).size).toBe(pictures.length);
      for (const { x, y } of places) expect(Math.min(x, y, 1 - x, 1 - y)).toBeGreaterThan(0);
    }),
  );
});

test('pictures that are far apart stay where they are, and those at one place stay together', () => {
  const places = [{ x: 0.01, y: 0.01 }, { x: 0.99, y: 0.99 }, ...Array.from({ length: 20 }, () => ({ x: 0.5, y: 0.5 }))];
  const [first, second, ...crowd] = spreadPlaces(
    places,
    places.map((_, i) => Math.min(i, 2)),
  );
  expect(first?.x).toBeLessThan(0.1);
  expect(second?.y).toBeGreaterThan(0.9);
  for (const { x, y } of crowd) expect(Math.hypot(x - 0.5, y - 0.5)).toBeLessThan(0.5);
});
