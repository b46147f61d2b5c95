import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  applyResizeAndCrop,
  type ImageTransform,
  normalizePixels,
  openResizeKernel,
  parseImageTransform,
  type ResampleFilter,
  type ResizeKernel,
  seenSize,
  writePixels,
} from 'labelwise/encoders';
import { expect, test } from 'vitest';

const kernel = openResizeKernel() as ResizeKernel;

/** Noise of full contrast, so that sums overshoot at both ends. */
function noise(width: number, height: number, seed: number) {
  const data = new Uint8Array(width * height * 3);
  let state = seed | 1;
  for (let i = 0; i < data.length; i++) {
    state = Math.imul(state, 1664525) + 1013904223;
    data[i] = state & 0x10000000 ? state >>> 24 : state & 0x20000000 ? 255 : 0;
  }
  return { data, width, height };
}

const side = fc.integer({ min: 1, max: 90 });
const size = fc.record({ width: side, height: side });
const transform: fc.Arbitrary<ImageTransform> = fc.record({
  resize: fc.oneof(
    fc.constant(undefined),
    side.map((value) => ({ kind: 'shortest' as const, size: value })),
    size.map((value) => ({ kind: 'exact' as const, ...value })),
  ),
  filter: fc.constantFrom<ResampleFilter>('nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos'),
  crop: fc.option(size, { nil: undefined }),
  rescaleFactor: fc.constantFrom(1 / 255, 1),
  mean: fc.constant([0.48145466, 0.4578275, 0.40821073] as const),
  std: fc.constant([0.26862954, 0.26130258, 0.27577711] as const),
});

test('the kernel gives the pixels of the JavaScript version for every filter, size and crop', () => {
  fc.assert(
    fc.property(size, fc.nat(), transform, ({ width, height }, seed, how) => {
      const image = noise(width, height, seed);
      const [fast, plain] = [kernel, null].map((engine) => applyResizeAndCrop(image, how, engine));
      expect([fast?.width, fast?.height]).toEqual([plain?.width, plain?.height]);
      expect(Buffer.compare(fast?.data ?? Buffer.alloc(0), plain?.data ?? Buffer.alloc(0))).toBe(0);
    }),
    { numRuns: 1500 },
  );
});

test('numbers written into a batch are those of the JavaScript version, and the neighbours stay', () => {
  fc.assert(
    fc.property(size, fc.nat(), transform, fc.integer({ min: 0, max: 9 }), ({ width, height }, seed, how, offset) => {
      const image = noise(width, height, seed);
      const seen = seenSize(image, how);
      const count = 3 * seen.width * seen.height;
      const expected = new Float32Array(offset + count + 5).fill(7);
      normalizePixels(applyResizeAndCrop(image, how, null), how, expected.subarray(offset, offset + count));
      for (const engine of [kernel, null]) {
        const out = new Float32Array(expected.length).fill(7);
        expect(writePixels(image, how, { out, offset, kernel: engine })).toEqual(seen);
        expect(Buffer.compare(Buffer.from(out.buffer), Buffer.from(expected.buffer))).toBe(0);
      }
    }),
    { numRuns: 500 },
  );
});

// Bands, the sliding window and rows that are copied in part: sizes that do not fit into the kernel's buffers at once.
test.each([
  ['a wide picture, cropped', 5000, 300],
  ['a tall picture, its vertical pass first', 300, 9000],
  ['a tall picture, wide enough for rows in part', 2500, 12000],
  ['a large photo', 2600, 1900],
] as const)('%s has the same pixels', (_, width, height) => {
  const image = noise(width, height, 5);
  for (const filter of ['bicubic', 'lanczos', 'box'] as const) {
    const how = { ...parseImageTransform({ size: 64, do_center_crop: true, crop_size: 64 }), filter };
    const [fast, plain] = [kernel, null].map((engine) => Buffer.from(applyResizeAndCrop(image, how, engine).data));
    expect(plain && fast?.equals(plain)).toBe(true);
  }
});

test('the memory stays small however large the picture is, and is used again', () => {
  const own = openResizeKernel() as ResizeKernel;
  const how = parseImageTransform({ size: 224, do_center_crop: true, crop_size: 224 });
  const large = { data: new Uint8Array(12_000 * 6000 * 3).fill(200), width: 12_000, height: 6000 };
  applyResizeAndCrop(large, how, own);
  const bytes = own.memory.buffer.byteLength;
  expect(bytes).toBeLessThan(8 * 2 ** 20);
  applyResizeAndCrop(large, how, own);
  applyResizeAndCrop(noise(640, 480, 4), how, own);
  expect(own.memory.buffer.byteLength).toBe(bytes);
});

test('a resize that would need more memory than the kernel may have is done in JavaScript', () => {
  const own = openResizeKernel() as ResizeKernel;
  const how = parseImageTransform({ size: { width: 4, height: 4 }, do_center_crop: false });
  const image = noise(1_500_000, 2, 1);
  expect(applyResizeAndCrop(image, how, own)).toEqual(applyResizeAndCrop(image, how, null));
  expect(own.memory.buffer.byteLength).toBe(0);
});

test('a batch without enough room is refused', () => {
  const how = parseImageTransform({ size: 8, do_center_crop: true, crop_size: 8 });
  expect(() => writePixels(noise(9, 9, 1), how, { out: new Float32Array(200), offset: 9 })).toThrow(RangeError);
});

test('a kernel that this machine cannot run is left out, and one that is missing is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'labelwise-kernel-'));
  try {
    writeFileSync(join(folder, 'broken.wasm'), 'no module');
    expect(openResizeKernel(join(folder, 'broken.wasm'))).toBeUndefined();
    expect(() => openResizeKernel(join(folder, 'missing.wasm'))).toThrow(expect.objectContaining({ code: 'PACKAGE_INCOMPLETE' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
