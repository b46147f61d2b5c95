import { expect, test } from 'vitest';
import { openClipConfig } from './open-clip-config.js';

const config = (imageSize: unknown) => ({ model_cfg: { vision_cfg: { image_size: imageSize }, text_cfg: {} } });

test('an image size may be a number or a square', () => {
  for (const size of [96, [96, 96]]) {
    expect(openClipConfig(config(size)).preprocessor).toMatchObject({ size: { shortest_edge: 96 }, crop_size: 96 });
  }
});

test('an image size that is not square is refused, with ONNX files too', () => {
  // OpenCLIP resizes a tall photo for [256, 128] until it covers both sides, and not until its shorter side is 256.
  expect(() => openClipConfig(config([256, 128]))).toThrow(
    expect.objectContaining({ code: 'CHECKPOINT_UNSUPPORTED', message: expect.stringContaining('square images only') }),
  );
});
