/** The resampling filters of Pillow, by its names. */
export type ResampleFilter = 'nearest' | 'box' | 'bilinear' | 'hamming' | 'bicubic' | 'lanczos';

interface Kernel {
  /** How far the kernel reaches, in source pixels, when the image is not reduced. */
  readonly support: number;
  weight(x: number): number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Pillow's kernels (libImaging/Resample.c); bicubic has a = -0.5. */
export const KERNELS: Record<Exclude<ResampleFilter, 'nearest'>, Kernel> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    support: 1,
    weight: (x) => {
      const distance = Math.abs(x);
      if (distance === 0) return 1;
      return distance >= 1 ? 0 : sinc(distance) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(Math.PI * distance));
    },
  },
  bicubic: {
    support: 2,
    weight: (x) => {
      const d = Math.abs(x);
      if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** For output positions `from`..`to`: where each begins in the source, how many taps, and the taps in fixed point. */
export interface Taps {
  readonly starts: Int32Array; // [to - from]
  readonly counts: Int32Array; // [to - from]
  readonly weights: Int32Array; // [to - from, stride]
  readonly stride: number;
}

/** Bits of the fixed-point weights: Pillow's 32 - 8 - 2. */
export const PRECISION_BITS = 22;

/** Weights for a resize from `inputSize` to `outputSize`, of which only `from`..`to` is wanted; widened when it reduces. */
export function computeTaps(
  filter: Exclude<ResampleFilter, 'nearest'>,
  inputSize: number,
  outputSize: number,
  from: number,
  to: number,
): Taps {
  const kernel = KERNELS[filter];
  const scale = inputSize / outputSize;
  const filterScale = Math.max(scale, 1);
  const support = kernel.support * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(to - from);
  const counts = new Int32Array(to - from);
  const weights = new Int32Array((to - from) * stride);
  const exact = new Float64Array(stride);
  for (let position = from; position < to; position++) {
    const center = (position + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(inputSize, Math.trunc(center + support + 0.5)) - start;
    let sum = 0;
    for (let tap = 0; tap < count; tap++) {
      exact[tap] = kernel.weight((tap + start - center + 0.5) * (1 / filterScale));
      sum += exact[tap] as number;
    }
    const row = (position - from) * stride;
    for (let tap = 0; tap < count; tap++) {
      const weight = ((exact[tap] as number) / (sum || 1)) * (1 << PRECISION_BITS);
      weights[row + tap] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    starts[position - from] = start;
    counts[position - from] = count;
  }
  return { starts, counts, weights, stride };
}
