import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { LabelwiseError } from 'labelwise';
import { DEFAULT_IMAGE_LIMITS, type ImageTransform, prepareImage } from 'labelwise/encoders';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { IMAGES, PARITY } from '../fixtures/paths.js';

const numbers = { rescaleFactor: 1 / 255, mean: [0.48, 0.46, 0.41], std: [0.27, 0.26, 0.28] } as const;
const clip: ImageTransform = { resize: { kind: 'shortest', size: 224 }, filter: 'bicubic', crop: { width: 224, height: 224 }, ...numbers };
const TRANSFORMS: readonly ImageTransform[] = [
  clip,
  { resize: { kind: 'exact', width: 64, height: 48 }, filter: 'bicubic', crop: undefined, ...numbers },
  { resize: { kind: 'patches', patchSize: 16, most: 64 }, filter: 'bilinear', crop: undefined, ...numbers },
  {
    resize: { kind: 'shortest', size: 20 },
    filter: 'lanczos',
    crop: { width: 19, height: 14 },
    cropRounding: 'even',
    rgbConversion: 'after-resize',
    ...numbers,
  },
  { resize: undefined, filter: 'bicubic', crop: { width: 31, height: 22 }, ...numbers },
];

/** The numbers of an image with its sizes, or its error, and whether it was decoded row by row. */
async function prepare(bytes: Uint8Array, transform: ImageTransform, mayBlock: boolean) {
  let isByRows = false;
  const onDecoded = (decoded: { pixels: number }) => {
    isByRows = decoded.pixels === 0;
  };
  const how = { transform, limits: DEFAULT_IMAGE_LIMITS, mayBlock, onDecoded };
  try {
    const { pixels, ...sizes } = await prepareImage(bytes, how);
    return { numbers: Buffer.from(pixels.buffer), told: sizes, isByRows };
  } catch (error) {
    if (!(error instanceof LabelwiseError)) throw error;
    const { code, message } = error; // its cause has all that libvips noted since the last error, in whatever thread
    return { numbers: Buffer.alloc(0), told: { code, message }, isByRows };
  }
}

async function expectSame(bytes: Uint8Array, transform: ImageTransform) {
  const [whole, rows] = [await prepare(bytes, transform, false), await prepare(bytes, transform, true)];
  expect(whole.isByRows).toBe(false);
  expect(rows.told).toEqual(whole.told);
  expect(Buffer.compare(rows.numbers, whole.numbers)).toBe(0);
  return rows;
}

/** With EXIF that states an orientation. */
function turned(jpeg: Uint8Array, orientation: number): Buffer {
  const entry = [1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0];
  const exif = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 34]), Buffer.from('Exif\0\0II*\0\x08\0\0\0', 'latin1'), Buffer.from(entry)]);
  return Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]);
}

const forms = readdirSync(`${PARITY}/jpeg`);
const formOf = (name: string): Buffer => readFileSync(`${PARITY}/jpeg/${name}`);

beforeAll(async () => {
  const large = await sharp({ create: { width: 2000, height: 1000, channels: 3, background: 'teal' } })
    .jpeg()
    .toBuffer();
  await prepare(large, clip, true); // from then on it pays in this thread
});

test.each(forms)('%s has the same numbers row by row as decoded whole, turned in every way', async (name) => {
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const transform of TRANSFORMS) {
      const { told, isByRows } = await expectSame(turned(formOf(name), orientation), transform);
      expect(told).toMatchObject(orientation >= 5 && orientation <= 8 ? { width: 61, height: 83 } : { width: 83, height: 61 });
      expect(isByRows).toBe(name !== 'grey.jpg' && transform.resize !== undefined);
    }
});

test.each(readdirSync(IMAGES).filter((name) => name.endsWith('.jpg')))(
  '%s has the same numbers row by row as decoded whole',
  async (name) => {
    for (const transform of TRANSFORMS) await expectSame(readFileSync(`${IMAGES}/${name}`), transform);
  },
);

test('a damaged or truncated JPEG gives the same numbers or the same error row by row as decoded whole', async () => {
  const damage = fc.record({
    name: fc.constantFrom(...forms),
    transform: fc.constantFrom(...TRANSFORMS),
    orientation: fc.integer({ min: 1, max: 8 }),
    keep: fc.option(fc.double({ min: 0.05, max: 1, noNaN: true })),
    flips: fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ name, transform, orientation, keep, flips }) => {
      const bytes = turned(formOf(name), orientation);
      for (const [place, value] of flips) bytes[Math.floor(place * bytes.length)] = value;
      await expectSame(bytes.subarray(0, Math.ceil(bytes.length * (keep ?? 1))), transform);
    }),
    { numRuns: 300 },
  );
});

test('pictures of any size, quality and coding have the same numbers row by row', async () => {
  const side = fc.integer({ min: 1, max: 400 });
  const shape = fc.record({
    width: side,
    height: side,
    quality: fc.integer({ min: 1, max: 100 }),
    progressive: fc.boolean(),
    chromaSubsampling: fc.constantFrom('4:4:4', '4:2:0'),
    orientation: fc.integer({ min: 1, max: 8 }),
    transform: fc.constantFrom(...TRANSFORMS),
  });
  const photo = sharp(`${IMAGES}/chelsea.png`).removeAlpha();
  await fc.assert(
    fc.asyncProperty(shape, async ({ width, height, orientation, transform, ...options }) => {
      const jpeg = await photo.clone().resize(width, height, { fit: 'fill' }).jpeg(options).toBuffer();
      await expectSame(turned(jpeg, orientation), transform);
    }),
    { numRuns: 100 },
  );
});

test('a buffer that is filled with another picture gives that picture', async () => {
  const pictures = await Promise.all(
    ['red', 'blue'].map((background) =>
      sharp({ create: { width: 300, height: 300, channels: 3, background } })
        .jpeg()
        .toBuffer(),
    ),
  );
  const buffer = new Uint8Array(Math.max(...pictures.map(({ length }) => length)));
  for (const picture of pictures) {
    buffer.fill(0);
    buffer.set(picture);
    const [rows, whole] = [await prepare(buffer, clip, true), await prepare(picture, clip, false)];
    expect(rows.isByRows).toBe(true);
    expect(Buffer.compare(rows.numbers, whole.numbers)).toBe(0);
  }
});
