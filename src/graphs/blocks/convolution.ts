import type { GraphBuilder, Value } from '../graph-builder.js';
import type { FeatureMap } from './feature-map.js';

/** Weight [to, from / groups, kernel, kernel] and bias [to]. */
export interface Kernel {
  readonly weight: Value;
  readonly bias?: Value;
}

export interface ConvolutionShape {
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride?: number;
  /** Channels that do not see each other: `from` of them is a depthwise convolution. */
  readonly groups?: number;
}

/** A convolution. `padding` is what torch and timm give to odd kernels, unless it is set: the map keeps its size but for the stride. */
export function convolve(
  b: GraphBuilder,
  map: FeatureMap,
  { weight, bias }: Kernel,
  { to, kernel, stride = 1, groups = 1 }: ConvolutionShape,
  padding = (kernel - 1) >> 1,
): FeatureMap {
  const value = b.node('Conv', [map.value, weight, ...(bias === undefined ? [] : [bias])], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: Array<number>(4).fill(padding),
    group: groups,
  });
  return { value, channels: to, size: Math.floor((map.size + 2 * padding - kernel) / stride) + 1 };
}

/** The learned kernel of a convolution, with its bias where it has one. */
export function storedKernel(b: GraphBuilder, prefix: string, shape: ConvolutionShape, hasBias = true): Kernel {
  const { from, to, kernel, groups = 1 } = shape;
  const weight = b.weight(`${prefix}.weight`, [to, from / groups, kernel, kernel]);
  return hasBias ? { weight, bias: b.weight(`${prefix}.bias`, [to]) } : { weight };
}

const EPSILON = 1e-5; // of torch's BatchNorm2d
const NORM_PARTS = ['weight', 'bias', 'running_mean', 'running_var'];

/** Batch normalisation at inference is x * scale + shift (Ioffe and Szegedy, 2015); both [channels], folded when the session loads. */
export function batchNorm(b: GraphBuilder, prefix: string, channels: number): { readonly scale: Value; readonly shift: Value } {
  const [weight, bias, mean, variance] = NORM_PARTS.map((name) => b.weight(`${prefix}.${name}`, [channels])) as [
    Value,
    Value,
    Value,
    Value,
  ];
  const scale = b.node('Div', [weight, b.node('Sqrt', [b.node('Add', [variance, b.floats([EPSILON], [])])])]);
  return { scale, shift: b.node('Sub', [bias, b.node('Mul', [mean, scale])]) };
}

/** A kernel and the batch normalisation after it, as one kernel. */
export function normedKernel(b: GraphBuilder, conv: string, norm: string, shape: ConvolutionShape): Kernel {
  const { weight } = storedKernel(b, conv, shape, false);
  const { scale, shift } = batchNorm(b, norm, shape.to);
  return { weight: b.node('Mul', [weight, overOutputs(b, scale, shape.to)]), bias: shift };
}

/** A convolution with batch normalisation after it: ONNX Runtime makes them one. */
export function convolveNormed(
  b: GraphBuilder,
  map: FeatureMap,
  names: { readonly conv: string; readonly norm: string },
  shape: ConvolutionShape,
  padding?: number,
): FeatureMap {
  const made = convolve(b, map, storedKernel(b, names.conv, shape, false), shape, padding);
  const parts = NORM_PARTS.map((part) => b.weight(`${names.norm}.${part}`, [shape.to]));
  return { ...made, value: b.node('BatchNormalization', [made.value, ...parts], { epsilon: { float: EPSILON } }) };
}

/** [channels] as [channels, 1, 1, 1], to scale the outputs of a kernel */
export function overOutputs(b: GraphBuilder, scale: Value, channels: number): Value {
  return b.node('Reshape', [scale, b.integers([channels, 1, 1, 1])]);
}

/** The mean of squares of `size` x `size`, side by side; what does not fill one is left out. */
export function averageSquares(b: GraphBuilder, map: FeatureMap, size: number): FeatureMap {
  const value = b.node('AveragePool', [map.value], { kernel_shape: [size, size], strides: [size, size] });
  return { ...map, value, size: Math.floor(map.size / size) };
}
