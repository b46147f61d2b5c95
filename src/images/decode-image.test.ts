import sharp from 'sharp';
import { expect, test } from 'vitest';
import { decodeImage } from './decode-image.js';
import { imageFormatOf } from './image-format.js';
import { DEFAULT_IMAGE_LIMITS as LIMITS } from './read-image.js';

const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"><rect width="8" height="4" fill="red"/></svg>');

test('a HEIC that ends after its brands is damaged', async () => {
  const heic = Buffer.concat([
    Buffer.from([0, 0, 0, 24]),
    Buffer.from('ftypheic'),
    Buffer.alloc(12),
    Buffer.from('mif1heic'),
    Buffer.alloc(64),
  ]);
  await expect(decodeImage(heic, LIMITS)).rejects.toMatchObject({ code: 'IMAGE_DAMAGED', message: expect.stringContaining('HEIF') });
});

test('an AVIF whose own brand is mif1, as some encoders write it, is an avif', async () => {
  const bytes = await sharp({ create: { width: 8, height: 4, channels: 3, background: 'red' } })
    .avif()
    .toBuffer();
  bytes.write('mif1', 8);
  expect(imageFormatOf(bytes)).toBe('avif');
  expect((await decodeImage(bytes, LIMITS)).width).toBe(8);
});

test.each([
  ['version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n', 'got a Git LFS pointer', 'git lfs pull'],
  ['PK\x03\x04\x14\0', 'got a ZIP archive', 'Unpack it'],
  ['\n<!DOCTYPE html>\n<html><title>404</title></html>', 'got a page of HTML', 'Download the image again'],
])('what is in the place of an image is named: %j', async (content, found, cure) => {
  await expect(decodeImage(Buffer.from(content), LIMITS)).rejects.toMatchObject({
    code: 'IMAGE_UNSUPPORTED',
    message: expect.stringContaining(found),
    hint: expect.stringContaining(cure),
  });
});

test('SVG is refused unless it is allowed', async () => {
  await expect(decodeImage(svg, LIMITS)).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED', hint: expect.stringContaining('`allowSvg`') });
  const { data, width, height } = await decodeImage(svg, { ...LIMITS, allowSvg: true });
  expect([width, height, ...data.subarray(0, 3)]).toEqual([8, 4, 255, 0, 0]);
});

test('the limit on megapixels counts before anything is decoded', async () => {
  const png = await sharp({ create: { width: 2000, height: 1000, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  await expect(decodeImage(png, { ...LIMITS, maxImageMegapixels: 1 })).rejects.toMatchObject({
    code: 'IMAGE_TOO_LARGE',
    message: expect.stringContaining('2000 x 1000'),
  });
  expect((await decodeImage(png, LIMITS)).width).toBe(2000);
});

test('a large JPEG is decoded at a fraction of its size where that is asked for, the right way up and never below twice what is needed', async () => {
  const noise = { create: { width: 1210, height: 907, channels: 3 as const, background: 'red' } };
  const jpeg = await sharp(noise).jpeg().withMetadata({ orientation: 6 }).toBuffer();
  const sizes = async (atLeast?: number) => {
    const { width, height, data } = await decodeImage(jpeg, LIMITS, { atLeast });
    expect(data).toHaveLength(width * height * 3);
    return [width, height];
  };
  expect(await sizes()).toEqual([907, 1210]);
  expect(await sizes(50)).toEqual([100, 134]);
  expect(await sizes(90)).toEqual([181, 242]);
  expect(await sizes(151)).toEqual([302, 403]);
  expect(await sizes(152)).toEqual([907, 1210]);
});

test('images that are no JPEG keep their size when a fraction is asked for', async () => {
  const png = await sharp({ create: { width: 900, height: 600, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  expect(await decodeImage(png, LIMITS, { atLeast: 10 })).toMatchObject({ width: 900, height: 600 });
});
