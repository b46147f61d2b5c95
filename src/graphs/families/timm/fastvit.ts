import { attention, fusedQkv } from '../../blocks/attention.js';
import { batchNorm, convolve, convolveNormed, type Kernel, overOutputs, storedKernel } from '../../blocks/convolution.js';
import { averagePool, type FeatureMap, gelu, mapToTokens, rowsToMap } from '../../blocks/feature-map.js';
import { layerNorm } from '../../blocks/layer-norm.js';
import { linear, linearNames } from '../../blocks/linear.js';
import { type Branches, largeKernel, mobileOneKernel, plusIdentity } from '../../blocks/mobile-one.js';
import { squeezeExcite } from '../../blocks/squeeze-excite.js';
import type { GraphBuilder, Value } from '../../graph-builder.js';
import { doubling, type Features, refuseOtherPool, TRUNK, type TrunkRequest } from './trunk.js';

/** Blocks of each stage and channels of the first, of timm's fastvit.py. */
const SIZES: Readonly<Record<string, readonly [depths: readonly number[], channels: number]>> = {
  fastvit_mci0: [[2, 6, 10, 2], 64],
  fastvit_mci1: [[4, 12, 20, 4], 64],
  fastvit_mci2: [[4, 12, 24, 4], 80],
  fastvit_mci3: [[2, 12, 24, 4, 2], 96],
  fastvit_mci4: [[2, 12, 24, 4, 4], 128],
};

/** What differs between those of four stages and those of five. */
interface Variant {
  readonly hasStemScale: boolean;
  /** Stages whose downsampling weighs channels. */
  readonly squeezed: readonly number[];
  readonly mlpRatio: number;
  /** Of the layer normalisation before attention; batch normalisation without it. */
  readonly epsilon?: number;
}
const FOUR: Variant = { hasStemScale: true, squeezed: [2, 3], mlpRatio: 3 };
const FIVE: Variant = { hasStemScale: false, squeezed: [], mlpRatio: 4, epsilon: 1e-5 };

const HEAD_WIDTH = 32;
const FIRST_ATTENTION = 3; // the first stage that attends

/**
 * timm's FastViT (Vasu et al., 2023), the image tower of MobileCLIP. Its blocks are either as they were trained, in several branches, or
 * already one convolution each.
 */
export function writeFastVit(b: GraphBuilder, pixels: Value, request: TrunkRequest): Features | undefined {
  const known = SIZES[request.name];
  if (!known) return undefined;
  refuseOtherPool(request);
  const { depths = known[0], dims = doubling(known[1], depths.length) } = request.modelArgs;
  const variant = known[0].length === 4 ? FOUR : FIVE;
  let map = writeStem(b, { value: pixels, channels: 3, size: request.imageSize }, dims[0] as number, variant.hasStemScale);
  for (const [stage, depth] of depths.entries()) map = writeStage(b, map, { stage, depth, channels: dims[stage] as number, variant });
  const shape = { from: map.channels, to: 2 * map.channels, kernel: 3, groups: map.channels };
  const wide = convolve(b, map, mobileOneKernel(b, `${TRUNK}.final_conv`, shape, PLAIN), shape);
  const last = gelu(b, squeezeExcite(b, wide, `${TRUNK}.final_conv.se`));
  return { rows: averagePool(b, last), width: last.channels, classifier: `${TRUNK}.head.fc` };
}

const PLAIN: Branches = { hasMain: true, hasScale: true };
const POINTWISE: Branches = { hasMain: true, hasScale: false };

function writeStem(b: GraphBuilder, pixels: FeatureMap, to: number, hasScale: boolean): FeatureMap {
  const shapes = [
    { from: 3, to, kernel: 3, stride: 2 },
    { from: to, to, kernel: 3, stride: 2, groups: to },
    { from: to, to, kernel: 1 },
  ];
  return shapes.reduce<FeatureMap>((map, shape, i) => {
    const kernel = mobileOneKernel(b, `${TRUNK}.stem.${i}`, shape, shape.kernel === 1 ? POINTWISE : { hasMain: true, hasScale });
    return gelu(b, convolve(b, map, kernel, shape));
  }, pixels);
}

interface Stage {
  readonly stage: number;
  readonly depth: number;
  readonly channels: number;
  readonly variant: Variant;
}

function writeStage(b: GraphBuilder, input: FeatureMap, { stage, depth, channels, variant }: Stage): FeatureMap {
  const at = `${TRUNK}.stages.${stage}`;
  const attends = stage >= FIRST_ATTENTION;
  let map = stage === 0 ? input : downsample(b, input, `${at}.downsample.proj`, { channels, isSqueezed: variant.squeezed.includes(stage) });
  if (attends) map = addPositions(b, map, `${at}.pos_emb`);
  for (let block = 0; block < depth; block++) {
    const prefix = `${at}.blocks.${block}`;
    map = attends ? attend(b, map, prefix, variant.epsilon) : mixPlaces(b, map, `${prefix}.token_mixer`);
    const hidden = variant.mlpRatio * channels;
    map = addScaled(b, map, convolutionalMlp(b, map, `${prefix}.mlp`, hidden), `${prefix}.${attends ? 'layer_scale_2' : 'layer_scale'}`);
  }
  return map;
}

function downsample(
  b: GraphBuilder,
  map: FeatureMap,
  at: string,
  { channels, isSqueezed }: { readonly channels: number; readonly isSqueezed: boolean },
): FeatureMap {
  const shape = { from: map.channels, to: channels, kernel: 7, stride: 2, groups: map.channels };
  const large = convolve(b, map, largeKernel(b, `${at}.0`, shape, 3), shape);
  const half = gelu(b, isSqueezed ? squeezeExcite(b, large, `${at}.0.se`) : large);
  const pointwise = { from: channels, to: channels, kernel: 1 };
  return gelu(b, convolve(b, half, mobileOneKernel(b, `${at}.1`, pointwise, POINTWISE), pointwise));
}

/** Positions by a convolution (Chu et al., 2021): x + conv(x), or the same in one kernel. */
function addPositions(b: GraphBuilder, map: FeatureMap, at: string): FeatureMap {
  const shape = depthwise(map, 7);
  const kernel = b.has(`${at}.reparam_conv.weight`)
    ? storedKernel(b, `${at}.reparam_conv`, shape)
    : plusIdentity(b, storedKernel(b, `${at}.pos_enc`, shape), shape);
  return convolve(b, map, kernel, shape);
}

/** RepMixer: x + scale * (mixer(x) - norm(x)), which is one convolution. */
function mixPlaces(b: GraphBuilder, map: FeatureMap, at: string): FeatureMap {
  const shape = depthwise(map, 3);
  const single = `${at}.reparam_conv`;
  return convolve(b, map, b.has(`${single}.weight`) ? storedKernel(b, single, shape) : mixerKernel(b, at, map), shape);
}

function mixerKernel(b: GraphBuilder, at: string, map: FeatureMap): Kernel {
  const shape = depthwise(map, 3);
  const mixer = mobileOneKernel(b, `${at}.mixer`, shape, PLAIN);
  const norm = mobileOneKernel(b, `${at}.norm`, shape, { hasMain: false, hasScale: false });
  const gamma = b.weight(`${at}.layer_scale.gamma`, [map.channels, 1, 1]);
  const difference = b.node('Mul', [b.node('Sub', [mixer.weight, norm.weight]), overOutputs(b, gamma, map.channels)]);
  const flat = b.node('Reshape', [gamma, b.integers([map.channels])]);
  const bias = b.node('Mul', [b.node('Sub', [mixer.bias as Value, norm.bias as Value]), flat]);
  return plusIdentity(b, { weight: difference, bias }, shape);
}

const depthwise = ({ channels }: FeatureMap, kernel: number) => ({ from: channels, to: channels, kernel, groups: channels });

/** x + scale * attention(norm(x)) over all places. */
function attend(b: GraphBuilder, map: FeatureMap, at: string, epsilon: number | undefined): FeatureMap {
  const { channels: width } = map;
  const { rows, shape: tokens } = mapToTokens(b, map);
  const normed = epsilon === undefined ? batchNormRows(b, rows, `${at}.norm`, width) : layerNorm(b, rows, `${at}.norm`, width, epsilon);
  const size = { width, heads: Math.floor(width / HEAD_WIDTH) };
  const mixed = attention(
    b,
    { queries: normed, keys: normed, queryShape: tokens, keyShape: tokens },
    fusedQkv(`${at}.token_mixer.qkv.weight`),
    size,
  );
  const projected = rowsToMap(b, linear(b, mixed, linearNames(`${at}.token_mixer.proj`), width, width), map);
  return addScaled(b, map, projected.value, `${at}.layer_scale_1`);
}

function batchNormRows(b: GraphBuilder, rows: Value, at: string, width: number): Value {
  const { scale, shift } = batchNorm(b, at, width);
  return b.node('Add', [b.node('Mul', [rows, scale]), shift]);
}

function convolutionalMlp(b: GraphBuilder, map: FeatureMap, at: string, hidden: number): Value {
  const shape = depthwise(map, 7);
  const mixed = convolveNormed(b, map, { conv: `${at}.conv.conv`, norm: `${at}.conv.bn` }, shape);
  const [up, down] = [
    { from: map.channels, to: hidden, kernel: 1 },
    { from: hidden, to: map.channels, kernel: 1 },
  ];
  const wide = gelu(b, convolve(b, mixed, storedKernel(b, `${at}.fc1`, up), up));
  return convolve(b, wide, storedKernel(b, `${at}.fc2`, down), down).value;
}

function addScaled(b: GraphBuilder, map: FeatureMap, added: Value, scale: string): FeatureMap {
  const gamma = b.weight(`${scale}.gamma`, [map.channels, 1, 1]);
  return { ...map, value: b.node('Add', [map.value, b.node('Mul', [added, gamma])]) };
}
