import { expect, test } from 'vitest';
import { findCompanions } from './find-companions.js';

const find = (images: string[], videos: string[] = []) => {
  const { filesOf, further } = findCompanions(images, videos);
  return { files: Object.fromEntries(filesOf), further: [...further].sort() };
};

test('a raw file belongs to the JPEG of its name, in its folder alone', () => {
  expect(find(['/a/IMG_1.JPG', '/a/IMG_1.CR2', '/b/IMG_1.NEF', '/a/IMG_2.DNG'])).toEqual({
    files: { '/a/IMG_1.JPG': ['IMG_1.CR2'] },
    further: ['/a/IMG_1.CR2'],
  });
});

test('where two pictures have the name, the raw file is one of its own', () => {
  expect(find(['/a/1.jpg', '/a/1.png', '/a/1.arw'])).toEqual({ files: {}, further: [] });
});

test('the video of a live photo belongs to it; others are none of it', () => {
  expect(find(['/a/IMG_1.HEIC', '/a/c.png'], ['/a/IMG_1.MOV', '/a/b.mov', '/a/c.mov'])).toEqual({
    files: { '/a/IMG_1.HEIC': ['IMG_1.MOV'] },
    further: [],
  });
});

test.each([
  [['/PXL_20240601_120000000_BURST-01.COVER.jpg', '/PXL_20240601_120000000_BURST-02.jpg'], '/PXL_20240601_120000000_BURST-01.COVER.jpg'],
  [['/IMG_20240601_120000_BURST2.jpg', '/IMG_20240601_120000_BURST1.jpg'], '/IMG_20240601_120000_BURST1.jpg'],
  [
    ['/00000IMG_00000_BURST20240601120000123.jpg', '/00001IMG_00001_BURST20240601120000123_COVER.jpg'],
    '/00001IMG_00001_BURST20240601120000123_COVER.jpg',
  ],
])('the shots of a burst %j are one picture, %s', (shots, cover) => {
  const { files, further } = find([...shots, '/IMG_20240601_130000_BURST1.jpg', '/party.jpg', '/outburst.jpg']);
  expect(Object.keys(files)).toEqual([cover]);
  expect(further).toEqual(shots.filter((shot) => shot !== cover));
});
