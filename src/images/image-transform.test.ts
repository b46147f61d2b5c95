import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyResizeAndCrop } from './apply-transform.js';
import { fitPatches } from './fit-patches.js';
import { outputSize, parseImageTransform } from './image-transform.js';
import type { ResampleFilter } from './resize/resample-filters.js';
import { resizeCrop } from './resize/resize-crop.js';

/** Width and height of a picture, and those that it gets. */
const SHAPES = [
  ...[
    [640, 480, 288, 224],
    [480, 640, 224, 288],
    [1, 1, 112, 112],
    [4000, 3, 4096, 16],
    [3, 4000, 16, 4096],
  ],
  ...[
    [255, 257, 256, 256],
    [1920, 1080, 336, 192],
    [333, 777, 160, 384],
    [5000, 5000, 256, 256],
  ],
] as [number, number, number, number][];

const picture = (width: number, height: number, at: (i: number) => number) => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => at(i)),
});
const side = fc.integer({ min: 1, max: 40 });
const filter = fc.constantFrom<ResampleFilter>('nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos');

describe('preprocessor_config.json', () => {
  test('size may be a number, the shortest edge, or height and width', () => {
    expect(parseImageTransform({ size: 224, do_center_crop: true, crop_size: 224 })).toMatchObject({
      resize: { kind: 'shortest', size: 224 },
      crop: { height: 224, width: 224 },
      filter: 'bicubic',
    });
    expect(parseImageTransform({ size: { shortest_edge: 256 }, crop_size: { height: 224, width: 200 } })).toMatchObject({
      resize: { kind: 'shortest', size: 256 },
      crop: { height: 224, width: 200 },
    });
    const squashed = parseImageTransform({
      image_processor_type: 'ViTImageProcessor',
      size: { height: 384, width: 256 },
      do_center_crop: null,
    });
    expect(squashed).toMatchObject({ resize: { kind: 'exact', height: 384, width: 256 }, crop: undefined, filter: 'bilinear' });
    expect(outputSize(squashed)).toEqual({ height: 384, width: 256 });
  });

  test('null switches the crop off and is no size, as in transformers', () => {
    const square = { do_center_crop: null, size: { height: 32, width: 32 } };
    expect(parseImageTransform(square).crop).toBeUndefined();
    expect(parseImageTransform({ size: 32 }).crop).toEqual({ height: 224, width: 224 });
    for (const field of ['size', 'resample']) {
      expect(() => parseImageTransform({ [field]: null })).toThrow(`expected "${field}" to say how pictures are resized`);
      expect(() => parseImageTransform({ [field]: null, do_resize: false })).not.toThrow();
    }
  });

  test('steps that are switched off do nothing', () => {
    expect(parseImageTransform({ do_resize: false, do_rescale: false, do_normalize: false })).toMatchObject({
      resize: undefined,
      rescaleFactor: 1,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
  });

  test.each([{ resample: 9 }, { size: -1 }, { image_mean: [1] }, { size: { longest: 2 } }])('%j is refused with the field', (config) => {
    expect(() => parseImageTransform(config)).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_UNSUPPORTED', message: expect.stringContaining(Object.keys(config)[0] as string) }),
    );
  });
});

describe('image processors', () => {
  test('a file that names its class alone has the numbers of that class', () => {
    expect(parseImageTransform({ image_processor_type: 'SiglipImageProcessorFast' })).toMatchObject({
      resize: { kind: 'exact', height: 224, width: 224 },
      crop: undefined,
      filter: 'bicubic',
      mean: [0.5, 0.5, 0.5],
    });
    expect(parseImageTransform({ feature_extractor_type: 'CLIPFeatureExtractor' })).toMatchObject({
      resize: { kind: 'shortest', size: 224 },
      crop: { height: 224, width: 224 },
    });
  });

  test.each([
    [{ crop_pct: 0.9 }, '"crop_pct" (0.9)'],
    [{ rescale_offset: true }, '"rescale_offset" (true)'],
    [{ do_pad: true }, '"do_pad" (true)'],
    [{ mean: [0.5, 0.5, 0.5] }, '"mean"'],
    [{ resize_mode: 'squash' }, '"resize_mode"'],
    [{ interpolation: 'bilinear' }, '"interpolation"'],
    [{ image_std: [0.5, 0, 0.5] }, 'preprocessor_config.json: image_std.1: it divides, and cannot be 0'],
    [{ image_processor_type: 'ConvNextImageProcessor' }, 'the image processor "ConvNextImageProcessor"'],
    [{ image_processor_type: 'Siglip2ImageProcessor', do_resize: false }, '"do_resize" (false)'],
    [{ image_processor_type: 'Siglip2ImageProcessor', size: { height: 224, width: 224 } }, '"size"'],
    [{ image_processor_type: 'CLIPImageProcessor', patch_size: 16 }, '"patch_size" (16)'],
    [{ include_top: true }, '"include_top" (true)'],
    [{ size: { shortest_edge: 224, longest_edge: 336 } }, 'size'],
  ])('%j is refused by name', (json, message) => {
    expect(() => parseImageTransform(json)).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_UNSUPPORTED', message: expect.stringContaining(message) }),
    );
  });

  test("EfficientNet's processor subtracts 1 more, and divides once more, where its file says so or is silent", () => {
    const common = { image_processor_type: 'EfficientNetImageProcessor', rescale_factor: 1 / 127.5, image_std: [0.5, 0.5, 0.25] };
    const plain = parseImageTransform({ ...common, include_top: false, do_normalize: false, rescale_offset: true });
    expect(plain).toMatchObject({ mean: [1, 1, 1], std: [1, 1, 1], rescaleFactor: 1 / 127.5 });
    expect(parseImageTransform(common)).toMatchObject({ mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.0625] });
  });

  test('a picture of any shape gets the most whole patches', () => {
    const transform = parseImageTransform({ image_processor_type: 'Siglip2ImageProcessor' });
    expect(transform).toMatchObject({ resize: { kind: 'patches', patchSize: 16, most: 256 }, crop: undefined, filter: 'bilinear' });
    for (const [width, height, wide, high] of SHAPES) // from transformers' get_image_size_for_max_num_patches
      expect(fitPatches({ width, height }, { patchSize: 16, most: 256 })).toEqual({ width: wide, height: high });
  });

  test('a field that is switched off is no obstacle', () => {
    expect(parseImageTransform({ do_pad: false, crop_pct: null, rescale_offset: false })).toEqual(parseImageTransform({}));
  });
});

describe('resizing', () => {
  test('a plain picture stays plain under every filter', () => {
    fc.assert(
      fc.property(filter, side, side, side, side, fc.integer({ min: 0, max: 255 }), (name, width, height, toWidth, toHeight, value) => {
        const resized = resizeCrop(
          picture(width, height, () => value),
          toWidth,
          toHeight,
          name,
          { left: 0, top: 0, width: toWidth, height: toHeight },
        );
        expect(resized.data.every((x) => x === value)).toBe(true);
      }),
    );
  });

  test('a part computed alone is the part of the whole', () => {
    fc.assert(
      fc.property(filter, side, side, side, side, fc.nat(), fc.nat(), (name, width, height, toWidth, toHeight, a, b) => {
        const image = picture(width, height, (i) => (i * 7919) % 256);
        const whole = resizeCrop(image, toWidth, toHeight, name, { left: 0, top: 0, width: toWidth, height: toHeight });
        const [left, top] = [a % toWidth, b % toHeight];
        const box = { left, top, width: toWidth - left, height: Math.max(1, Math.floor((toHeight - top) / 2)) };
        const part = resizeCrop(image, toWidth, toHeight, name, box);
        for (let y = 0; y < box.height; y++) {
          const start = ((top + y) * toWidth + left) * 3;
          expect(part.data.subarray(y * box.width * 3, (y + 1) * box.width * 3)).toEqual(whole.data.subarray(start, start + box.width * 3));
        }
      }),
    );
  });

  test('a size that does not change leaves the pixels', () => {
    const image = picture(7, 5, (i) => (i * 31) % 256);
    expect(resizeCrop(image, 7, 5, 'bicubic', { left: 0, top: 0, width: 7, height: 5 })).toEqual(image);
  });

  test('a crop that is larger than the picture is filled with black', () => {
    const transform = parseImageTransform({ do_resize: false, crop_size: 4 });
    const { data, width, height } = applyResizeAndCrop(
      picture(2, 2, () => 9),
      transform,
      null,
    );
    expect([width, height, data.filter((x) => x === 9).length]).toEqual([4, 4, 12]);
    expect([...data.subarray((4 + 1) * 3, (4 + 3) * 3)]).toEqual(Array(6).fill(9));
  });
});
