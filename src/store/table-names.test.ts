import { expect, test } from 'vitest';
import { FIRST_IMAGES, imagesOf, isOfImages, isReserved, TAG_CORRECTIONS, TAGS_PREFIX } from './table-names.js';

test('every name that the index or its tags give a table is kept from label tables', () => {
  for (const name of [FIRST_IMAGES, imagesOf('sha-00FF'), `${TAGS_PREFIX}pets`, TAG_CORRECTIONS, '__manifest'])
    expect(isReserved(name), name).toBe(true);
  for (const name of ['pets', 'image', 'my-images', 'tags', 'tag-corrections-2']) expect(isReserved(name), name).toBe(false);
});

test('tables of images are told from those that only begin like them', () => {
  expect([FIRST_IMAGES, imagesOf('abc-12'), 'images-holiday', 'images-'].map(isOfImages)).toEqual([true, true, false, false]);
});
