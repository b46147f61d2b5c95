import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { applyResizeAndCrop, DEFAULT_IMAGE_LIMITS, decodeImage, parseImageTransform, openResizeKernel, prepareImage, type ResampleFilter } from 'labelwise/encoders';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { type Golden, readJson } from '../fixtures/parity.js';
import { CLIP_TINY, IMAGES, PARITY } from '../fixtures/paths.js';

const golden = readJson<Golden>(`${PARITY}/golden.json`);
const rare = readJson<{ formats: Record<string, { size: number[]; sha256: string }>; filters: Record<string, string> }>(`${PARITY}/formats/golden.json`);
const transform = parseImageTransform(readJson(`${CLIP_TINY}/preprocessor_config.json`));
const decode = (path: string) => decodeImage(readFileSync(path), DEFAULT_IMAGE_LIMITS);
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

const kernel = openResizeKernel();

test('the WebAssembly kernel is built and runs here', () => expect(kernel).toBeDefined());

describe.each([
  ['the WebAssembly kernel', kernel],
  ['plain JavaScript', null],
])('with %s the pixels are those of Pillow, bit for bit', (_, engine) => {
  test('there are 31 pictures to compare', () => expect(golden.images).toHaveLength(31));

  test.each(golden.images.map((image) => [image.file, image] as const))('after decoding, resizing and cropping %s', async (file, image) => {
    const seen = applyResizeAndCrop(await decode(`${IMAGES}/${file}`), transform, engine);
    const expected = await sharp(`${PARITY}/${image.pixels}`).toColourspace('srgb').removeAlpha().raw().toBuffer();
    expect([seen.width, seen.height]).toEqual([224, 224]);
    expect(Buffer.compare(Buffer.from(seen.data), expected)).toBe(0);
    const { pixels } = await prepareImage(readFileSync(`${IMAGES}/${file}`), { transform, limits: DEFAULT_IMAGE_LIMITS });
    expect(pixels.reduce((sum, value) => sum + value, 0) / pixels.length).toBeCloseTo(image.pixel_values_mean, 5);
    for (const channel of [0, 1, 2]) expect(pixels[channel * 224 * 224]).toBeCloseTo(image.pixel_values_corner[channel] as number, 5);
  });

  test.each(Object.entries(rare.formats))('of the rare format %s', async (file, { size, sha256: expected }) => {
    const image = await decode(`${PARITY}/formats/${file}`);
    expect([image.width, image.height]).toEqual(size);
    expect(sha256(image.data)).toBe(expected);
  });

  test.each(Object.entries(rare.filters))('of the resize %s', async (name, expected) => {
    const [filter, size] = name.split('-') as [ResampleFilter, string];
    const [width, height] = size.split('x').map(Number) as [number, number];
    const whole = { ...transform, resize: { kind: 'exact', width, height }, filter, crop: undefined } as const;
    const resized = applyResizeAndCrop(await decode(`${IMAGES}/coffee.png`), whole, engine);
    expect(sha256(resized.data)).toBe(expected);
  });
});
