import type { CropBox } from '../core/crops.js';
import type { ResizableImage } from './apply-transform.js';
import { CHANNELS } from './decode/to-rgb.js';

/** A part of a decoded image, as if the file held no more. */
export function cropImage({ data, width, unconverted }: ResizableImage, box: CropBox): ResizableImage {
  const part = { data: cropSamples(data, { width, channels: 3 }, box), width: box.width, height: box.height };
  if (unconverted === undefined) return part;
  const samples = cropSamples(unconverted.samples, { width, channels: CHANNELS[unconverted.form] }, box);
  return { ...part, unconverted: { ...unconverted, samples, width: box.width, height: box.height } };
}

function cropSamples(
  samples: Uint8Array, // [height, width, channels]
  { width, channels }: { readonly width: number; readonly channels: number },
  box: CropBox,
): Uint8Array {
  const row = box.width * channels;
  const part = new Uint8Array(box.height * row);
  for (let y = 0; y < box.height; y++) {
    const from = ((box.top + y) * width + box.left) * channels;
    part.set(samples.subarray(from, from + row), y * row);
  }
  return part;
}
