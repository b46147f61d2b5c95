import { z } from 'zod';
import { activation } from '../blocks/activation.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { size } from './hf-names.js';

const sizes = (...values: number[]) => z.array(size).min(1).max(64).default(values);
const factor = z.number().positive().max(64);

/** vision_config of ALIGN; the defaults are EfficientNet-B7's. */
export const efficientNetSchema = z.object({
  image_size: size.default(600),
  width_coefficient: factor.default(2),
  depth_coefficient: factor.default(3.1),
  depth_divisor: size.default(8),
  kernel_sizes: sizes(3, 3, 5, 3, 5, 5, 3),
  in_channels: sizes(32, 16, 24, 40, 80, 112, 192),
  out_channels: sizes(16, 24, 40, 80, 112, 192, 320),
  depthwise_padding: z.array(z.number().int().min(0)).default([]),
  strides: sizes(1, 2, 2, 2, 1, 2, 1),
  num_block_repeats: sizes(1, 2, 2, 3, 3, 4, 1),
  expand_ratios: sizes(1, 6, 6, 6, 6, 6, 6),
  squeeze_expansion_ratio: factor.default(0.25),
  hidden_act: z.string().default('swish'),
  hidden_dim: size.default(2560),
  pooling_type: z.literal('mean', 'labelwise supports the pooling "mean"').default('mean'),
  batch_norm_eps: z.number().positive().max(1).default(1e-3),
});
type Net = z.infer<typeof efficientNetSchema>;

/** Where transformers keeps the tower. */
const AT = 'vision_model';

/** An EfficientNet (Tan and Le, 2019) with the mean of its last map. pixels: [batch, 3, size, size] -> [batch, channels] */
export function writeEfficientNet(b: GraphBuilder, net: Net): Value {
  const pixels = b.input('pixel_values', 'float32', ['batch', 3, 'height', 'width']);
  const first = roundChannels(net, 32);
  const stem = { weight: `${AT}.embeddings.convolution.weight`, norm: `${AT}.embeddings.batchnorm` };
  let map = convolve(b, net, pixels, { ...stem, from: 3, to: first, kernel: 3, stride: 2, pads: [0, 0, 1, 1] });
  map = activation(b, map, net.hidden_act);
  for (const block of blocksOf(net)) map = writeBlock(b, net, map, block);
  return b.node('ReduceMean', [map], { axes: [2, 3], keepdims: 0 });
}

interface Block {
  readonly at: string;
  readonly from: number;
  readonly to: number;
  readonly stride: number;
  readonly kernel: number;
  readonly expansion: number;
  /** The padding of a convolution of stride 2 goes to the right and the bottom. */
  readonly isUneven: boolean;
  readonly hasResidual: boolean;
}

function blocksOf(net: Net): Block[] {
  const blocks: Block[] = [];
  for (const [stage, channels] of net.in_channels.entries()) {
    const to = roundChannels(net, net.out_channels[stage] ?? 0);
    const repeats = Math.ceil(net.depth_coefficient * (net.num_block_repeats[stage] ?? 0));
    for (let i = 0; i < repeats; i++) {
      const stride = i === 0 ? (net.strides[stage] ?? 0) : 1;
      blocks.push({
        at: `${AT}.encoder.blocks.${blocks.length}`,
        from: i === 0 ? roundChannels(net, channels) : to,
        to,
        stride,
        kernel: net.kernel_sizes[stage] ?? 0,
        expansion: net.expand_ratios[stage] ?? 0,
        isUneven: !net.depthwise_padding.includes(blocks.length),
        hasResidual: stride === 1 && i > 0,
      });
    }
  }
  return blocks;
}

function writeBlock(b: GraphBuilder, net: Net, input: Value, block: Block): Value {
  const { at, from, to, stride, kernel, expansion } = block;
  const width = from * expansion;
  let map = input;
  if (expansion !== 1) {
    const names = { weight: `${at}.expansion.expand_conv.weight`, norm: `${at}.expansion.expand_bn` };
    map = activation(b, convolve(b, net, map, { ...names, from, to: width, kernel: 1 }), net.hidden_act);
  }
  const half = Math.floor(kernel / 2);
  const less = stride === 2 && block.isUneven ? half - 1 : half;
  const depthwise = { weight: `${at}.depthwise_conv.depthwise_conv.weight`, norm: `${at}.depthwise_conv.depthwise_norm` };
  const shape = { from: 1, to: width, groups: width, kernel, stride, pads: [less, less, half, half] };
  map = squeezeExcite(b, net, activation(b, convolve(b, net, map, { ...depthwise, ...shape }), net.hidden_act), { at, from, width });
  const projection = { weight: `${at}.projection.project_conv.weight`, norm: `${at}.projection.project_bn` };
  const projected = convolve(b, net, map, { ...projection, from: width, to, kernel: 1 });
  return block.hasResidual ? b.node('Add', [projected, input]) : projected;
}

/** Scales each channel by what all of them hold (Hu et al., 2018). */
function squeezeExcite(b: GraphBuilder, net: Net, map: Value, { at, from, width }: { at: string; from: number; width: number }): Value {
  const few = Math.max(1, Math.floor(from * net.squeeze_expansion_ratio));
  const point = (x: Value, name: string, shape: [number, number]): Value =>
    b.node('Conv', [
      x,
      b.weight(`${at}.squeeze_excite.${name}.weight`, [...shape, 1, 1]),
      b.weight(`${at}.squeeze_excite.${name}.bias`, [shape[0]]),
    ]);
  const reduced = activation(b, point(b.node('GlobalAveragePool', [map]), 'reduce', [few, width]), net.hidden_act);
  return b.node('Mul', [map, b.node('Sigmoid', [point(reduced, 'expand', [width, few])])]);
}

interface Convolution {
  readonly weight: string;
  readonly norm: string;
  /** Channels that an output sees. */
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
  /** Top, left, bottom, right. */
  readonly pads?: readonly number[];
}

/** A convolution with its batch normalisation; ONNX Runtime makes one of the two when it loads them. */
function convolve(
  b: GraphBuilder,
  net: Net,
  x: Value,
  { weight, norm, from, to, kernel, stride = 1, groups = 1, pads }: Convolution,
): Value {
  const mixed = b.node('Conv', [x, b.weight(weight, [to, from, kernel, kernel])], {
    ...{ kernel_shape: [kernel, kernel], strides: [stride, stride], group: groups },
    pads: pads ?? [0, 0, 0, 0],
  });
  const learned = ['weight', 'bias', 'running_mean', 'running_var'].map((name) => b.weight(`${norm}.${name}`, [to]));
  return b.node('BatchNormalization', [mixed, ...learned], { epsilon: { float: net.batch_norm_eps } });
}

/** EfficientNet's widths are multiples of `depth_divisor`, and at most a tenth below what the coefficient asks for. */
function roundChannels(net: Net, channels: number): number {
  const { depth_divisor: divisor } = net;
  const wanted = channels * net.width_coefficient;
  const rounded = Math.max(divisor, Math.floor(Math.trunc(wanted + divisor / 2) / divisor) * divisor);
  return Math.trunc(rounded < 0.9 * wanted ? rounded + divisor : rounded);
}
