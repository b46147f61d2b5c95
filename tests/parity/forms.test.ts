import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { applyResizeAndCrop, DEFAULT_IMAGE_LIMITS, decodeImage, openResizeKernel, parseImageTransform } from 'labelwise/encoders';
import { describe, expect, test } from 'vitest';
import { readJson } from '../fixtures/parity.js';
import { PARITY } from '../fixtures/paths.js';

interface Form {
  readonly mode: string;
  readonly size: number[];
  readonly sha256: string;
  /** By the shorter side that open_clip resizes to. */
  readonly open_clip?: Record<string, string>;
}

const FOLDER = `${PARITY}/forms`;
const golden = readJson<{ formats: Record<string, Form>; longest_refused: Record<string, number> }>(`${FOLDER}/golden.json`);
const forms = Object.entries(golden.formats);
const bytesOf = (file: string): Buffer => readFileSync(`${FOLDER}/${file}`);
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

test.each(forms)('%s decodes to the pixels of Pillow, bit for bit', async (file, { size, sha256: expected }) => {
  const { data, width, height } = await decodeImage(bytesOf(file), DEFAULT_IMAGE_LIMITS);
  expect([width, height]).toEqual(size);
  expect(sha256(data)).toBe(expected);
});

describe.each([
  ['the WebAssembly kernel', openResizeKernel()],
  ['plain JavaScript', null],
])('with %s an image is resized before it becomes RGB, as open_clip does it', (_, kernel) => {
  const cases = forms.flatMap(([file, { open_clip = {} }]) => Object.entries(open_clip).map(([size, hash]) => [file, size, hash] as const));
  test.each(cases)('%s to %s pixels', async (file, size, expected) => {
    const box = { size: { shortest_edge: Number(size) }, crop_size: Number(size) };
    const transform = parseImageTransform({ ...box, crop_rounding: 'even', rgb_conversion: 'after-resize' });
    const image = await decodeImage(bytesOf(file), DEFAULT_IMAGE_LIMITS, { keepsForm: true });
    expect(sha256(applyResizeAndCrop(image, transform, kernel).data)).toBe(expected);
  });
});

test.each([
  ['lab.tiff', 'TIFF images with Lab colours'],
  ['zstd.tiff', 'TIFF images compressed with ZSTD'],
  ['lzma.tiff', 'TIFF images compressed with LZMA'],
  ['float-rgb.tiff', 'TIFF images with 3 channels of 32 bits (floating point)'],
  ['float-64.tiff', 'TIFF images with 64 bits (floating point)'],
  ['grey-12.tiff', 'TIFF images with 12 bits'],
  ['12-bit.jpg', 'JPEG images of 12 bits a channel'],
  ['lossless.jpg', 'lossless JPEG images'],
])('%s is refused as unsupported, and not as damaged', async (file, what) => {
  await expect(decodeImage(bytesOf(`unsupported/${file}`), DEFAULT_IMAGE_LIMITS)).rejects.toMatchObject({
    code: 'IMAGE_UNSUPPORTED',
    message: `labelwise does not support ${what}.`,
    hint: expect.stringContaining('JPEG or PNG'),
  });
});

test('each picture that is refused has its row above, but the HEIC, which is decoded by now', async () => {
  expect(readdirSync(`${FOLDER}/unsupported`)).toHaveLength(9);
  expect(await decodeImage(bytesOf('unsupported/photo.heic'), DEFAULT_IMAGE_LIMITS)).toMatchObject({ width: 27, height: 19 });
});

test.each(Object.entries(golden.longest_refused))('%s is refused at every length that Pillow refuses', async (file, longest) => {
  const bytes = bytesOf(file);
  for (let length = longest; length > 12; length -= Math.ceil(longest / 200)) {
    const error = await decodeImage(bytes.subarray(0, length), DEFAULT_IMAGE_LIMITS).catch((thrown: unknown) => thrown);
    expect(error, `${length} of ${bytes.length} bytes`).toMatchObject({ code: 'IMAGE_DAMAGED' });
  }
  if (file.endsWith('.gif')) await decodeImage(bytes.subarray(0, longest + 1), DEFAULT_IMAGE_LIMITS); // what follows the first picture is not read
});
