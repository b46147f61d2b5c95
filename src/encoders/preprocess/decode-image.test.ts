import sharp from 'sharp';
import { expect, test } from 'vitest';
import { decodeImage } from './decode-image.js';
import { DEFAULT_IMAGE_LIMITS as LIMITS } from './read-image.js';

const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"><rect width="8" height="4" fill="red"/></svg>');

test('HEIC is named where the decoder lacks its codec', async () => {
  const heic = Buffer.concat([
    Buffer.from([0, 0, 0, 24]),
    Buffer.from('ftypheic'),
    Buffer.alloc(12),
    Buffer.from('mif1heic'),
    Buffer.alloc(64),
  ]);
  await expect(decodeImage(heic, LIMITS)).rejects.toMatchObject({
    code: 'IMAGE_UNSUPPORTED',
    message: expect.stringContaining('HEIC'),
    hint: expect.stringContaining('JPEG'),
  });
});

test('SVG is refused unless it is allowed', async () => {
  await expect(decodeImage(svg, LIMITS)).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED', hint: expect.stringContaining('--allow-svg') });
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
