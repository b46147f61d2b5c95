import { expect, test } from 'vitest';
import { isForeignName, kindOfName } from './image-names.js';

test.each([
  ['a.JPG', 'image'],
  ['a.b.jfif', 'image'],
  ['IMG_1.HEIC', 'image'],
  ['a.CR2', 'image'],
  ['scan.bmp', 'image'],
  ['layers.PSD', 'image'],
  ['large.PSB', 'unreadable'],
  ['a.jpg.xmp', 'other'],
  ['jpg', 'other'],
  ['clip.mp4', 'video'],
])('%s is taken for %s', (name, kind) => {
  expect(kindOfName(name)).toBe(kind);
});

test.each(['@eaDir', '#recycle', '$RECYCLE.BIN', '.thumbnails', '._a.jpg', 'Photos Previews.lrdata'])('%s is foreign', (name) => {
  expect(isForeignName(name)).toBe(true);
});

test.each(['eaDir', 'a@eaDir', 'recycle', 'thumbnails', 'a._b.jpg', '.lrdata', 'lrdata'])('%s is not', (name) => {
  expect(isForeignName(name)).toBe(false);
});
