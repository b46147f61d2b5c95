import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSidecarFinder, matchSidecars, type SidecarName } from './find-sidecars.js';

const folderWith = (names: readonly string[]): string => {
  const folder = mkdtempSync(join(tmpdir(), 'labelwise-sidecars-'));
  for (const name of names) writeFileSync(join(folder, name), '');
  return folder;
};

/** The sidecar of an image in a folder with these files, or undefined where it would get a new one. */
async function sidecarOf(image: string, names: readonly string[], preferred: SidecarName = 'photo.jpg.xmp'): Promise<string | undefined> {
  const folder = folderWith(names);
  const { path, exists } = await createSidecarFinder(preferred)(join(folder, image));
  return exists ? path.slice(folder.length + 1) : undefined;
}

describe.skipIf(process.platform !== 'linux')('where letter case counts', () => {
  test.each([
    ['photo.jpg', 'photo.JPG.xmp'],
    ['photo.JPG', 'photo.jpg.xmp'],
    ['IMG_1.JPG', 'img_1.xmp'],
    ['é.jpg', 'é.JPG.XMP'],
  ])('%s has the sidecar %s', async (image, sidecar) => {
    expect(await sidecarOf(image, [image, sidecar])).toBe(sidecar);
    expect(await sidecarOf(image, [image, sidecar], 'photo.xmp')).toBe(sidecar);
  });

  test('an exact name comes first', async () => {
    expect(await sidecarOf('photo.jpg', ['photo.jpg', 'photo.JPG.xmp', 'photo.jpg.XMP'])).toBe('photo.jpg.XMP');
  });

  test('images whose names differ in case alone share no sidecar', async () => {
    const both = ['photo.jpg', 'photo.JPG'];
    expect(await sidecarOf('photo.JPG', [...both, 'photo.JPG.xmp'])).toBe('photo.JPG.xmp');
    expect(await sidecarOf('photo.jpg', [...both, 'photo.JPG.xmp'])).toBeUndefined();
    for (const image of both) expect(await sidecarOf(image, [...both, 'Photo.jpg.xmp'])).toBeUndefined();
  });

  test('photo.jpg and photo.cr2 share PHOTO.xmp', async () => {
    for (const image of ['photo.jpg', 'photo.cr2'])
      expect(await sidecarOf(image, ['photo.jpg', 'photo.cr2', 'PHOTO.xmp'])).toBe('PHOTO.xmp');
  });

  test('É and é are different letters', async () => {
    expect(await sidecarOf('É.jpg', ['É.jpg', 'é.jpg.xmp'])).toBeUndefined();
  });
});

test.skipIf(process.platform === 'win32')(
  'a folder that cannot be listed is an error, as a sidecar there could be overlooked',
  async () => {
    const folder = join(folderWith([]), 'loop');
    symlinkSync(folder, folder);
    await expect(createSidecarFinder('photo.jpg.xmp')(join(folder, 'a.jpg'))).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
      message: expect.stringMatching(/^The folder \S+loop cannot be searched for sidecars: ELOOP/),
    });
  },
);

test('sidecars of a listing are matched as in a folder', () => {
  const images = ['s3://b/a/1.jpg', 's3://b/a/2.JPG', 's3://b/a/3.jpg', 's3://b/a/3.png', 's3://b/c/1.jpg', 's3://b/c/4.x.jpg'];
  const sidecars = ['s3://b/a/1.jpg.xmp', 's3://b/a/1.xmp', 's3://b/a/2.jpg.XMP', 's3://b/a/3.xmp', 's3://b/c/4.x.xmp', 's3://b/c/5.xmp'];
  expect(Object.fromEntries(matchSidecars(images, sidecars))).toEqual({
    's3://b/a/1.jpg': 's3://b/a/1.jpg.xmp',
    's3://b/a/2.JPG': 's3://b/a/2.jpg.XMP',
    's3://b/a/3.jpg': 's3://b/a/3.xmp',
    's3://b/a/3.png': 's3://b/a/3.xmp',
    's3://b/c/4.x.jpg': 's3://b/c/4.x.xmp',
  });
});
