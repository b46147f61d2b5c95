import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../dist/images/decode-image.js';
import { DEFAULT_IMAGE_LIMITS } from '../../dist/images/read-image.js';
import { ROOT } from '../fixtures/paths.js';

/** One small picture in each format, with its maker and what its reference decoder makes of it: tests/fixtures/formats/build.py. */
const FOLDER = `${ROOT}tests/fixtures/formats`;
const MAKERS = JSON.parse(readFileSync(join(FOLDER, 'makers.json'), 'utf8')) as Record<
  string,
  { maker: string; reference: string; expected: string; tolerance: number }
>;
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(join(FOLDER, 'files', name)));
const decode = (bytes: Uint8Array, limits = {}) => decodeImage(bytes, { ...DEFAULT_IMAGE_LIMITS, ...limits });
const NAMES = Object.keys(MAKERS);
/** What labelwise decodes itself or in WebAssembly: libvips has its own tests. */
const OURS = NAMES.filter((name) => /\.(?:bmp|dib|p.m|tga|ico|cur|icns|pcx|psd|qoi|sgi|bw|jxl|jp2|j2k|hei.|dng)$/.test(name));

test.each(NAMES)('%s has the pixels of its reference, within the tolerance that is stated', async (name) => {
  const { expected, tolerance } = MAKERS[name] as (typeof MAKERS)[string];
  const reference = sharp(join(FOLDER, 'expected', expected)).removeAlpha().toColourspace('srgb').raw();
  const { data, info } = await reference.toBuffer({ resolveWithObject: true });
  const image = await decode(bytesOf(name));
  expect([image.width, image.height]).toEqual([info.width, info.height]);
  expect(data.reduce((most, value, i) => Math.max(most, Math.abs(value - (image.data[i] as number))), 0)).toBeLessThanOrEqual(tolerance);
});

/** 2 x 2 pixels as a bare codestream, from Pillow. */
const WITH_ALPHA = {
  RGBA: '/0//UQAyAAAAAAACAAAAAgAAAAAAAAAAAAAAAgAAAAIAAAAAAAAAAAAEBwEBBwEBBwEBBwEB/1IADAAAAAEAAQQEAAH/XAAHQEBISFD/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjT/kAAKAAAAAAAmAAH/k8+0CAmPz7QICa/PtAgJn8+0CAm3gICAgP/Z',
  LA: '/0//UQAsAAAAAAACAAAAAgAAAAAAAAAAAAAAAgAAAAIAAAAAAAAAAAACBwEBBwEB/1IADAAAAAEAAQQEAAH/XAAHQEBISFD/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjT/kAAKAAAAAAAaAAH/k8+0CAmPz7QICa+AgP/Z',
};

test.each(Object.entries(WITH_ALPHA))('a JPEG 2000 of %s is not called damaged: it is refused for its channels', async (_, text) => {
  await expect(decode(Buffer.from(text, 'base64'))).rejects.toMatchObject({
    code: 'IMAGE_UNSUPPORTED',
    message: expect.stringContaining('channels, such as those with alpha'),
  });
});

describe('a file of these formats', () => {
  test.each(OURS)('%s is refused by its header where it has too many pixels', async (name) => {
    await expect(decode(bytesOf(name), { maxImageMegapixels: 0.001 })).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  });

  test.each(OURS)('%s, cut at any length, is an error with a reason or a picture, and the whole file decodes after it', async (name) => {
    const bytes = bytesOf(name);
    const codes = new Set<string>();
    for (let i = 1; i < 40; i++) {
      const outcome = await decode(bytes.slice(0, Math.floor((bytes.length * i) / 40))).then(
        () => 'decoded',
        (error: { code: string }) => error.code,
      );
      codes.add(outcome);
    }
    expect([...codes].filter((code) => !['decoded', 'IMAGE_DAMAGED', 'IMAGE_UNSUPPORTED'].includes(code))).toEqual([]);
    expect(codes).toContain('IMAGE_DAMAGED');
    await decode(bytes);
  });

  test.each(OURS)('%s, with bytes changed, is an error or a picture, and the whole file decodes after it', async (name) => {
    const bytes = bytesOf(name);
    const codes = new Set<string>();
    let seed = 1;
    const random = (): number => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      return seed / 0x7fffffff;
    };
    for (let i = 0; i < 60; i++) {
      const changed = new Uint8Array(bytes);
      for (let k = 0; k <= i % 4; k++) changed[Math.floor(random() * (i % 2 ? bytes.length : 160))] = Math.floor(random() * 256);
      const limits = { maxImageMegapixels: 4 }; // what claims to be larger takes long, and says no more
      codes.add(await decode(changed, limits).then(() => 'decoded', (error: { code?: string }) => error.code ?? `${error}`));
    }
    const known = ['decoded', 'IMAGE_DAMAGED', 'IMAGE_UNSUPPORTED', 'IMAGE_TOO_LARGE'];
    expect([...codes].filter((code) => !known.includes(code))).toEqual([]);
    await decode(bytes);
  });
});

test('a picture that claims more pixels than its file can hold is refused before they are made', async () => {
  const huge = new Uint8Array(bytesOf('rgb.bmp'));
  new DataView(huge.buffer).setInt32(18, 12_000, true);
  new DataView(huge.buffer).setInt32(22, 12_000, true);
  await expect(decode(huge)).rejects.toMatchObject({ code: 'IMAGE_DAMAGED', message: expect.stringContaining('beyond the end') });
});

test('16-bit grey keeps its high byte, and scaled values are rounded as Pillow rounds them', async () => {
  const grey = await decode(Buffer.concat([Buffer.from('P5 2 1 65535\n'), Buffer.of(0x12, 0x34, 0xff, 0xff)]));
  expect([...grey.data]).toEqual([0x12, 0x12, 0x12, 255, 255, 255]);
  const scaled = await decode(Buffer.from('P3 # a comment\n1 1\n100\n50 10 100 '));
  expect([...scaled.data]).toEqual([128, 26, 255]); // 127.5 and 25.5, halves to the even number
});
