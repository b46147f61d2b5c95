import { CHANNELS, type Picture, premultiply, toRgb, unpremultiply } from './decode/to-rgb.js';
import type { RgbImage } from './rgb-image.js';

/** Resizes and crops three channels. */
type Resize = (image: RgbImage) => RgbImage;

/**
 * Resizes samples as they are and converts what comes out to RGB, as Pillow does when it resizes an image that is not RGB: alpha is
 * multiplied in before and divided out after, where the size changes. Palettes are not for this: they take the nearest pixel.
 */
export function resizeThenConvert(picture: Picture, resize: Resize, changesSize: boolean): RgbImage {
  const { form } = picture;
  const channels = CHANNELS[form];
  const isBlended = changesSize && (form === 'rgba' || form === 'grey-alpha');
  const source = isBlended ? premultiply(picture.samples, channels) : picture.samples;
  const first = resize(pickChannels({ ...picture, samples: source }, [0, 1, 2]));
  const second = channels === 4 ? resize(pickChannels({ ...picture, samples: source }, [3, 3, 3])) : undefined;
  const { width, height } = first;
  const samples = new Uint8Array(width * height * channels);
  for (let pixel = 0, to = 0; pixel < width * height; pixel++)
    for (let channel = 0; channel < channels; channel++)
      samples[to++] = (channel === 3 ? second : first)?.data[pixel * 3 + (channel % 3)] as number;
  return { data: toRgb({ form, samples: isBlended ? unpremultiply(samples, channels) : samples }), width, height };
}

/** Three channels of a picture, the last one again where it has fewer. */
function pickChannels({ samples, width, height, form }: Picture, wanted: readonly [number, number, number]): RgbImage {
  const channels = CHANNELS[form];
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += channels)
    for (const channel of wanted) data[to++] = samples[from + Math.min(channel, channels - 1)] as number;
  return { data, width, height };
}
