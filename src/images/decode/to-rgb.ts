/** Samples as a decoder gives them, before they become RGB. */
export interface Picture {
  readonly samples: Uint8Array; // [height, width, CHANNELS[form]]
  readonly width: number;
  readonly height: number;
  readonly form: PictureForm;
  /** The file stores a palette's numbers, or single bits: RGB in `samples`, and nothing between two colours means anything. */
  readonly isIndexed?: boolean;
}

export type PictureForm = 'grey' | 'grey-alpha' | 'rgb' | 'rgba' | 'cmyk' | 'ycbcr';
export const CHANNELS: Record<PictureForm, number> = { grey: 1, 'grey-alpha': 2, rgb: 3, rgba: 4, cmyk: 4, ycbcr: 3 };

/** Pillow's convert('RGB') from each form: alpha is dropped. */
export function toRgb({ samples, form }: Pick<Picture, 'samples' | 'form'>): Uint8Array {
  const pixels = samples.length / CHANNELS[form];
  if (form === 'rgb') return samples;
  if (form === 'cmyk') return cmykToRgb(samples, pixels);
  if (form === 'ycbcr') return ycbcrToRgb(samples);
  const channels = CHANNELS[form];
  const rgb = new Uint8Array(pixels * 3);
  const step = form === 'rgba' ? 1 : 0;
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += channels, to += 3) {
    rgb[to] = samples[from] as number;
    rgb[to + 1] = samples[from + step] as number;
    rgb[to + 2] = samples[from + 2 * step] as number;
  }
  return rgb;
}

/** Pillow's product of two 8-bit fractions, rounded. */
const multiply = (a: number, b: number): number => {
  const product = a * b + 128;
  return (product + (product >> 8)) >> 8;
};

/** Pillow's cmyk2rgb. */
function cmykToRgb(samples: Uint8Array, pixels: number): Uint8Array {
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const light = 255 - (samples[i * 4 + 3] as number);
    for (let channel = 0; channel < 3; channel++) rgb[i * 3 + channel] = light - multiply(samples[i * 4 + channel] as number, light);
  }
  return rgb;
}

/** One of Pillow's tables for YCbCr, in 64ths. */
const table = (factor: number): Int16Array => Int16Array.from({ length: 256 }, (_, i) => Math.trunc(factor * 64 * (i - 128) + 0.5));
const [RED_CR, GREEN_CB, GREEN_CR, BLUE_CB] = [1.402, -0.34414, -0.71414, 1.772].map(table) as [
  Int16Array,
  Int16Array,
  Int16Array,
  Int16Array,
];

/** Pillow's convert('RGB') from YCbCr: BT.601, full range. */
function ycbcrToRgb(samples: Uint8Array): Uint8Array {
  const rgb = new Uint8ClampedArray(samples.length);
  for (let i = 0; i < samples.length; i += 3) {
    const [y, cb, cr] = [samples[i] as number, samples[i + 1] as number, samples[i + 2] as number];
    rgb[i] = y + ((RED_CR[cr] as number) >> 6);
    rgb[i + 1] = y + (((GREEN_CB[cb] as number) + (GREEN_CR[cr] as number)) >> 6);
    rgb[i + 2] = y + ((BLUE_CB[cb] as number) >> 6);
  }
  return new Uint8Array(rgb.buffer);
}

/** Pillow's RGBA to RGBa, and LA to La: colours times alpha. */
export function premultiply(samples: Uint8Array, channels: number): Uint8Array {
  return mapColours(samples, channels, multiply);
}

/** Pillow's RGBa to RGBA, and La to LA: colours over alpha, cut to 255. */
export function unpremultiply(samples: Uint8Array, channels: number): Uint8Array {
  return mapColours(samples, channels, (value, alpha) => (alpha === 0 ? value : Math.min(255, Math.trunc((255 * value) / alpha))));
}

/** Alpha is the last channel. */
function mapColours(samples: Uint8Array, channels: number, map: (value: number, alpha: number) => number): Uint8Array {
  const mapped = new Uint8Array(samples);
  for (let pixel = 0; pixel < samples.length; pixel += channels) {
    const alpha = samples[pixel + channels - 1] as number;
    for (let i = pixel; i < pixel + channels - 1; i++) mapped[i] = map(samples[i] as number, alpha);
  }
  return mapped;
}
