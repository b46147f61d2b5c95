import type { GraphBuilder, Value } from '../graph-builder.js';
import { batchNorm, type ConvolutionShape, type Kernel, normedKernel, overOutputs, storedKernel } from './convolution.js';

/** The branches that a block has while it is trained, beside the identity. */
export interface Branches {
  /** A convolution of the block's own kernel. */
  readonly hasMain: boolean;
  /** A convolution of kernel 1. */
  readonly hasScale: boolean;
}

/**
 * The one convolution that a MobileOne block is (Vasu et al., 2022): as it was written after training, or the sum of the branches that
 * it was trained with. The sum is folded when the session loads.
 */
export function mobileOneKernel(b: GraphBuilder, at: string, shape: ConvolutionShape, { hasMain, hasScale }: Branches): Kernel {
  const single = `${at}.reparam_conv`;
  if (b.has(`${single}.weight`)) return storedKernel(b, single, shape);
  const { from, to, kernel, stride = 1 } = shape;
  const branch = (name: string, size: number): Kernel =>
    widen(b, normedKernel(b, `${at}.${name}.conv`, `${at}.${name}.bn`, { ...shape, kernel: size }), size, kernel);
  return sumKernels(b, [
    ...(hasMain ? [branch('conv_kxk.0', kernel)] : []),
    ...(hasScale ? [branch('conv_scale', 1)] : []),
    ...(from === to && stride === 1 ? [identityBranch(b, `${at}.identity`, shape)] : []),
  ]);
}

/** A large and a small kernel over the same channels, as one (Ding et al., 2022). */
export function largeKernel(b: GraphBuilder, at: string, shape: ConvolutionShape, small: number): Kernel {
  const single = `${at}.reparam_conv`;
  if (b.has(`${single}.weight`)) return storedKernel(b, single, shape);
  const branch = (name: string, kernel: number): Kernel =>
    widen(b, normedKernel(b, `${at}.${name}.conv`, `${at}.${name}.bn`, { ...shape, kernel }), kernel, shape.kernel);
  return sumKernels(b, [branch('large_conv', shape.kernel), branch('small_conv', small)]);
}

/** The kernel that leaves a map as it is, but for batch normalisation. */
function identityBranch(b: GraphBuilder, at: string, { to, kernel, groups = 1 }: ConvolutionShape): Kernel {
  const { scale, shift } = batchNorm(b, at, to);
  const weight = groups === 1 ? b.node('Mul', [eye(b, to), overOutputs(b, scale, to)]) : overOutputs(b, scale, to);
  return widen(b, { weight, bias: shift }, 1, kernel);
}

/** [channels, channels, 1, 1] */
function eye(b: GraphBuilder, channels: number): Value {
  const square = b.node('ConstantOfShape', [b.integers([channels, channels])]);
  return b.node('Reshape', [b.node('EyeLike', [square]), b.integers([channels, channels, 1, 1])]);
}

/** Adds what passes a depthwise map on unchanged to a kernel's weight. */
export function plusIdentity(b: GraphBuilder, { weight, ...rest }: Kernel, { to, kernel }: ConvolutionShape): Kernel {
  const ones = b.constant(`ones_${to}`, 'float32', [to, 1, 1, 1], new Uint8Array(new Float32Array(to).fill(1).buffer));
  return { ...rest, weight: b.node('Add', [weight, widen(b, { weight: ones }, 1, kernel).weight]) };
}

/** Zeros around a kernel. */
function widen(b: GraphBuilder, { weight, ...rest }: Kernel, from: number, to: number): Kernel {
  const rim = (to - from) >> 1;
  return { ...rest, weight: rim === 0 ? weight : b.node('Pad', [weight, b.integers([0, 0, rim, rim, 0, 0, rim, rim])]) };
}

function sumKernels(b: GraphBuilder, kernels: readonly Kernel[]): Kernel {
  return kernels.reduce((sum, { weight, bias }) => ({
    weight: b.node('Add', [sum.weight, weight]),
    bias: b.node('Add', [sum.bias as Value, bias as Value]),
  }));
}
