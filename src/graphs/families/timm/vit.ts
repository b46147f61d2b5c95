import { LabelwiseError } from '../../../errors.js';
import { fusedQkv } from '../../blocks/attention.js';
import { attentionPoolingHead, type PoolingNames } from '../../blocks/attention-pooling-head.js';
import { convolve, convolveNormed, storedKernel } from '../../blocks/convolution.js';
import { type EncoderShape, encoder, type LayerNames, type Tokens } from '../../blocks/encoder-layer.js';
import { type FeatureMap, gelu } from '../../blocks/feature-map.js';
import { layerNorm } from '../../blocks/layer-norm.js';
import { fusedPart, linearNames } from '../../blocks/linear.js';
import { mapToPatches, patchEmbedding, toTokens } from '../../blocks/patch-embedding.js';
import { pickAt } from '../../blocks/pooling.js';
import type { GraphBuilder, Value } from '../../graph-builder.js';
import { type Features, TRUNK, type TrunkRequest } from './trunk.js';

/** Width, layers, heads and the MLP's ratio by the size in a name. */
const SIZES = {
  tiny: [192, 12, 3, 4],
  small: [384, 12, 6, 4],
  base: [768, 12, 12, 4],
  large: [1024, 24, 16, 4],
  huge: [1280, 32, 16, 4],
  so400m: [1152, 27, 16, 3.7362],
  giantopt: [1536, 40, 16, 4],
} as const;
const NAME = /^vit_(tiny|small|base|large|huge|so400m|giantopt)_(?:patch(\d+)(?:_(siglip|clip|clip_quickgelu))?|(mci))_(\d+)$/;

/** What timm's vision_transformer.py says of a model that its tensors do not. */
interface VitFacts {
  readonly kind: 'siglip' | 'clip' | 'plain' | 'mci';
  readonly shape: EncoderShape;
  readonly patchSize: number;
}

/** timm's VisionTransformer: the first one (Dosovitskiy et al., 2020), SigLIP, SigLIP 2, CLIP and MobileCLIP-B. */
export function writeVit(b: GraphBuilder, pixels: Value, request: TrunkRequest): Features | undefined {
  const facts = factsOf(request);
  if (!facts) return undefined;
  const { kind, shape } = facts;
  const tokens = embed(b, pixels, request.imageSize, facts);
  const pool = request.pool || (kind === 'siglip' ? 'map' : 'token');
  if (pool !== (kind === 'siglip' ? 'map' : 'token'))
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `open_clip_config.json: model_cfg.vision_cfg: labelwise does not support "timm_pool" ("${pool}") of ${request.name}.`,
    );
  const picker = pool === 'token' ? pickAt(b, 0, shape.width) : undefined;
  const encoded = encoder(b, tokens, layerNames, shape, { finalNorm: `${TRUNK}.norm`, picker });
  const rows = picker ? encoded.rows : attentionPoolingHead(b, encoded, POOL_NAMES, shape);
  return { rows, width: shape.width, classifier: `${TRUNK}.head` };
}

function factsOf({ name, imageSize, modelArgs }: TrunkRequest): VitFacts | undefined {
  const [, size, patch = '16', written, mci, native] = NAME.exec(name) ?? [];
  if (!size || Number(native) !== imageSize) return undefined; // timm refuses images of another size
  const [width, layers, heads, ratio] = SIZES[size as keyof typeof SIZES];
  const kind = mci ? 'mci' : written === undefined ? 'plain' : written === 'siglip' ? 'siglip' : 'clip';
  const isTanh = size === 'giantopt' || (size === 'so400m' && patch === '16');
  const { embed_dim = width, depth = layers } = modelArgs;
  return {
    kind,
    patchSize: Number(patch),
    shape: {
      width: embed_dim,
      layers: depth,
      heads,
      hidden: Math.floor(embed_dim * ratio),
      activation: isTanh ? 'gelu_pytorch_tanh' : written === 'clip_quickgelu' ? 'quick_gelu' : 'gelu',
      epsilon: kind === 'clip' ? 1e-5 : 1e-6,
    },
  };
}

function embed(b: GraphBuilder, pixels: Value, imageSize: number, { kind, shape, patchSize }: VitFacts): Tokens {
  const { width, epsilon } = shape;
  const at = `${TRUNK}.patch_embed`;
  const classToken = kind === 'siglip' ? undefined : `${TRUNK}.cls_token`;
  const table = { classToken, position: `${TRUNK}.pos_embed`, isBatched: true };
  if (kind === 'mci')
    return toTokens(
      b,
      mapToPatches(b, convStem(b, { value: pixels, channels: 3, size: imageSize }, `${at}.backbone`, width), width),
      { ...table, isClassUnplaced: true },
      { patches: (imageSize / 16) ** 2, width },
    );
  const patchBias = kind === 'clip' ? undefined : `${at}.proj.bias`;
  const tokens = patchEmbedding(b, pixels, { ...table, patch: `${at}.proj.weight`, patchBias }, { imageSize, patchSize, width });
  return kind === 'clip' ? { ...tokens, rows: layerNorm(b, tokens.rows, `${TRUNK}.norm_pre`, width, epsilon) } : tokens;
}

/** MobileCLIP-B's stem (Vasu et al., 2024): three convolutions without overlap, in steps of 4, 2 and 2. -> [batch, width, size / 16, size / 16] */
function convStem(b: GraphBuilder, pixels: FeatureMap, at: string, width: number): Value {
  const layer = (map: FeatureMap, i: number, to: number): FeatureMap => {
    const kernel = i === 0 ? 4 : 2;
    const [shape, prefix] = [{ from: map.channels, to, kernel, stride: kernel }, `${at}.${i}.conv`];
    if (i === 2) return convolve(b, map, storedKernel(b, prefix, shape), shape, 0);
    return gelu(b, convolveNormed(b, map, { conv: prefix, norm: `${at}.${i}.bn` }, shape, 0));
  };
  return [width / 4, width / 4, width].reduce((map, to, i) => layer(map, i, to), pixels).value;
}

function layerNames(layer: number): LayerNames {
  const at = `${TRUNK}.blocks.${layer}`;
  return {
    norm1: `${at}.norm1`,
    qkv: fusedQkv(`${at}.attn.qkv.weight`, `${at}.attn.qkv.bias`),
    out: linearNames(`${at}.attn.proj`),
    norm2: `${at}.norm2`,
    up: linearNames(`${at}.mlp.fc1`),
    down: linearNames(`${at}.mlp.fc2`),
  };
}

const POOL = `${TRUNK}.attn_pool`;
const keyOrValue = (index: number) => fusedPart(linearNames(`${POOL}.kv`), { index, of: 2 });

/** timm's AttentionPoolLatent. */
export const POOL_NAMES: PoolingNames = {
  probe: `${POOL}.latent`,
  qkv: { query: linearNames(`${POOL}.q`), key: keyOrValue(0), value: keyOrValue(1) },
  out: linearNames(`${POOL}.proj`),
  norm: `${POOL}.norm`,
  mlp: { up: linearNames(`${POOL}.mlp.fc1`), down: linearNames(`${POOL}.mlp.fc2`) },
};
