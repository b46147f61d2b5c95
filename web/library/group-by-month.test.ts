import { expect, test } from 'vitest';
import { groupByMonth } from './group-by-month.js';

const image = (id: string, takenAt: string | null, takenAtSource: 'exif' | 'mtime' = 'exif') => ({
  ...{ id, takenAt, takenAtSource, name: `${id}.jpg`, folder: null, width: 4, height: 3, format: 'jpeg', camera: null },
});

test('images stand under the months in which they were taken, and undated ones by themselves', () => {
  const images = [
    image('a', '2024-03-31T23:30:00'),
    image('b', '2024-03-01'),
    image('c', '2023-12-24'),
    image('d', null),
    image('e', ''),
    image('f', '2024-03-02', 'mtime'),
  ];
  expect(groupByMonth(images).map(({ title, images: group }) => [title, group.map(({ id }) => id)])).toEqual([
    ['March 2024', ['a', 'b']],
    ['December 2023', ['c']],
    ['Without a date', ['d', 'e', 'f']],
  ]);
});
