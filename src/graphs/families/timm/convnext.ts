import { convolve, storedKernel } from '../../blocks/convolution.js';
import { averagePool, channelNorm, type FeatureMap, mapToTokens, rowsToMap } from '../../blocks/feature-map.js';
import { layerNorm } from '../../blocks/layer-norm.js';
import { linearNames } from '../../blocks/linear.js';
import { mlp } from '../../blocks/mlp.js';
import type { GraphBuilder, Value } from '../../graph-builder.js';
import { doubling, type Features, refuseOtherPool, TRUNK, type TrunkRequest } from './trunk.js';

/** Blocks of each stage and channels of the first, of timm's convnext.py. */
const SIZES: Readonly<Record<string, readonly [depths: readonly number[], channels: number]>> = {
  convnext_tiny: [[3, 3, 9, 3], 96],
  convnext_small: [[3, 3, 27, 3], 96],
  convnext_base: [[3, 3, 27, 3], 128],
  convnext_large: [[3, 3, 27, 3], 192],
  convnext_xlarge: [[3, 3, 27, 3], 256],
  convnext_xxlarge: [[3, 4, 30, 3], 384],
};

/** timm's ConvNeXt: four stages of depthwise convolutions with an MLP for each place (Liu et al., 2022). */
export function writeConvNeXt(b: GraphBuilder, pixels: Value, request: TrunkRequest): Features | undefined {
  const { name, imageSize, modelArgs } = request;
  const known = SIZES[name];
  if (!known) return undefined;
  refuseOtherPool(request);
  const { depths = known[0], dims = doubling(known[1], 4) } = modelArgs;
  const epsilon = name === 'convnext_xxlarge' ? 1e-5 : 1e-6;
  let map: FeatureMap = { value: pixels, channels: 3, size: imageSize };
  for (const [stage, depth] of depths.entries()) {
    const [at, channels] = [`${TRUNK}.stages.${stage}`, dims[stage] as number];
    map =
      stage === 0
        ? channelNorm(b, patches(b, map, `${TRUNK}.stem.0`, { channels, kernel: 4 }), `${TRUNK}.stem.1`, epsilon)
        : patches(b, channelNorm(b, map, `${at}.downsample.0`, epsilon), `${at}.downsample.1`, { channels, kernel: 2 });
    for (let block = 0; block < depth; block++) map = convNeXtBlock(b, map, `${at}.blocks.${block}`, epsilon);
  }
  const rows = layerNorm(b, averagePool(b, map), `${TRUNK}.head.norm`, map.channels, epsilon);
  return { rows, width: map.channels, classifier: `${TRUNK}.head.fc` };
}

/** A convolution whose squares lie side by side. */
function patches(
  b: GraphBuilder,
  map: FeatureMap,
  prefix: string,
  { channels, kernel }: { readonly channels: number; readonly kernel: number },
): FeatureMap {
  const shape = { from: map.channels, to: channels, kernel, stride: kernel };
  return convolve(b, map, storedKernel(b, prefix, shape), shape, 0);
}

function convNeXtBlock(b: GraphBuilder, map: FeatureMap, at: string, epsilon: number): FeatureMap {
  const { channels } = map;
  const shape = { from: channels, to: channels, kernel: 7, groups: channels };
  const mixed = convolve(b, map, storedKernel(b, `${at}.conv_dw`, shape), shape);
  const normed = layerNorm(b, mapToTokens(b, mixed).rows, `${at}.norm`, channels, epsilon);
  const names = { up: linearNames(`${at}.mlp.fc1`), down: linearNames(`${at}.mlp.fc2`) };
  const down = mlp(b, normed, names, { width: channels, hidden: 4 * channels, activation: 'gelu', epsilon });
  const scaled = rowsToMap(b, b.node('Mul', [down, b.weight(`${at}.gamma`, [channels])]), map);
  return { ...map, value: b.node('Add', [map.value, scaled.value]) };
}
