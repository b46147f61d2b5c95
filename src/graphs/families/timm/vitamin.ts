import { attention, fusedQkv } from '../../blocks/attention.js';
import { type ConvolutionShape, convolve, storedKernel } from '../../blocks/convolution.js';
import type { Tokens } from '../../blocks/encoder-layer.js';
import { channelNorm, type FeatureMap, gelu, mapToTokens } from '../../blocks/feature-map.js';
import { layerNorm } from '../../blocks/layer-norm.js';
import { linear, linearNames } from '../../blocks/linear.js';
import { mlp } from '../../blocks/mlp.js';
import { meanOfTokens } from '../../blocks/pooling.js';
import type { GraphBuilder, Value } from '../../graph-builder.js';
import { doubling, type Features, refuseOtherPool, TRUNK, type TrunkRequest } from './trunk.js';

/** Channels of the first stage, and the transformer's width, layers and heads, of timm's vitamin.py. */
const SIZES: Readonly<Record<string, readonly [channels: number, width: number, layers: number, heads: number]>> = {
  small: [64, 384, 14, 6],
  base: [128, 768, 14, 12],
  large: [160, 1024, 31, 16],
  large2: [160, 1024, 31, 16],
  xlarge: [192, 1152, 32, 16],
};
const EPSILON = 1e-6;

/** timm's ViTamin: two stages of inverted bottlenecks, then a transformer with gated MLPs (Chen et al., 2024). */
export function writeVitamin(b: GraphBuilder, pixels: Value, request: TrunkRequest): Features | undefined {
  const size = /^vitamin_(small|base|large2?|xlarge)_\d+$/.exec(request.name)?.[1];
  const known = size === undefined ? undefined : SIZES[size];
  if (!known) return undefined;
  refuseOtherPool(request);
  const [channels, fullWidth, layers, heads] = known;
  const { depths = [2, 4], dims = doubling(channels, 2), embed_dim: width = fullWidth, depth = layers } = request.modelArgs;
  const map = writeStages(b, { value: pixels, channels: 3, size: request.imageSize }, { depths, dims: [...dims, width] });
  let tokens = mapToTokens(b, map);
  if (size !== 'xlarge') {
    const grid = b.node('Reshape', [tokens.rows, tokens.shape]);
    const positioned = b.node('Add', [grid, b.weight(`${TRUNK}.pos_embed`, [1, map.size ** 2, width])]);
    tokens = { ...tokens, rows: b.node('Reshape', [positioned, b.integers([-1, width])]) };
  }
  for (let block = 0; block < depth; block++) tokens = vitaminBlock(b, tokens, `${TRUNK}.blocks.${block}`, { width, heads });
  const mean = meanOfTokens(b, b.node('Reshape', [tokens.rows, tokens.shape]));
  return { rows: layerNorm(b, mean, `${TRUNK}.fc_norm`, width, EPSILON), width, classifier: `${TRUNK}.head` };
}

const STEM = `${TRUNK}.patch_embed.backbone`;

function writeStages(
  b: GraphBuilder,
  pixels: FeatureMap,
  { depths, dims }: { readonly depths: readonly number[]; readonly dims: readonly number[] },
): FeatureMap {
  const [first = 1, , width = 1] = dims;
  const stem = convolution(b, pixels, `${STEM}.stem.conv1`, { to: first, kernel: 3, stride: 2 });
  let map = convolution(b, gelu(b, channelNorm(b, stem, `${STEM}.stem.norm1`, EPSILON)), `${STEM}.stem.conv2`, { to: first, kernel: 3 });
  for (const [stage, depth] of depths.entries()) {
    const to = dims[stage] as number;
    for (let block = 0; block < depth; block++)
      map = bottleneck(b, map, `${STEM}.stages.${stage}.${block}`, { to, stride: block === 0 ? 2 : 1 });
  }
  return convolution(b, channelNorm(b, map, `${STEM}.pool.norm`, EPSILON), `${STEM}.pool.proj`, { to: width, kernel: 3, stride: 2 });
}

/** Widens the channels, mixes neighbours in each and narrows them again (Sandler et al., 2018). */
function bottleneck(b: GraphBuilder, map: FeatureMap, at: string, { to, stride }: Step): FeatureMap {
  const wide = EXPANSION * to;
  const up = gelu(b, convolution(b, channelNorm(b, map, `${at}.pre_norm`, EPSILON), `${at}.conv1_1x1`, { to: wide, kernel: 1 }));
  const mixed = gelu(b, convolution(b, up, `${at}.conv2_kxk`, { to: wide, kernel: 3, stride, groups: wide }));
  const down = convolution(b, mixed, `${at}.conv3_1x1`, { to, kernel: 1 });
  return { ...down, value: b.node('Add', [down.value, shortcut(b, map, at, { to, stride }).value]) };
}

function shortcut(b: GraphBuilder, map: FeatureMap, at: string, { to, stride }: Step): FeatureMap {
  if (stride === 1) return map;
  const value = b.node('AveragePool', [map.value], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }); // of what lies inside
  const pooled = { ...map, value, size: Math.ceil(map.size / 2) };
  return map.channels === to ? pooled : convolution(b, pooled, `${at}.shortcut.expand`, { to, kernel: 1 });
}

const EXPANSION = 4;
interface Step {
  readonly to: number;
  readonly stride: 1 | 2;
}

/** A convolution with its bias. */
function convolution(b: GraphBuilder, map: FeatureMap, prefix: string, options: Omit<ConvolutionShape, 'from'>): FeatureMap {
  const shape = { from: map.channels, ...options };
  return convolve(b, map, storedKernel(b, prefix, shape), shape);
}

function vitaminBlock(
  b: GraphBuilder,
  { rows, shape }: Tokens,
  at: string,
  size: { readonly width: number; readonly heads: number },
): Tokens {
  const { width } = size;
  const norm = (x: Value, name: string): Value => layerNorm(b, x, `${at}.${name}`, width, EPSILON);
  const normed = norm(rows, 'norm1');
  const names = fusedQkv(`${at}.attn.qkv.weight`, `${at}.attn.qkv.bias`);
  const mixed = attention(b, { queries: normed, keys: normed, queryShape: shape, keyShape: shape }, names, size);
  const middle = b.node('Add', [rows, linear(b, mixed, linearNames(`${at}.attn.proj`), width, width)]);
  const input = norm(norm(middle, 'norm2'), 'mlp.norm');
  const mlpNames = { up: linearNames(`${at}.mlp.w1`), gate: linearNames(`${at}.mlp.w0`), down: linearNames(`${at}.mlp.w2`) };
  const added = mlp(b, input, mlpNames, { width, hidden: 2 * width, activation: 'gelu', epsilon: EPSILON });
  return { rows: b.node('Add', [middle, added]), shape };
}
