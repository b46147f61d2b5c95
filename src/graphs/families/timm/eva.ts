import { LabelwiseError } from '../../../errors.js';
import { fusedQkv, type QkvNames } from '../../blocks/attention.js';
import { attentionPoolingHead } from '../../blocks/attention-pooling-head.js';
import { axialRotation } from '../../blocks/axial-rotation.js';
import { type EncoderShape, encoder, type LayerNames } from '../../blocks/encoder-layer.js';
import { layerNorm } from '../../blocks/layer-norm.js';
import { linearNames } from '../../blocks/linear.js';
import { patchEmbedding } from '../../blocks/patch-embedding.js';
import { pickAt } from '../../blocks/pooling.js';
import { postNormEncoder } from '../../blocks/post-norm-encoder.js';
import type { GraphBuilder, Value } from '../../graph-builder.js';
import { type Features, TRUNK, type TrunkRequest } from './trunk.js';
import { POOL_NAMES } from './vit.js';

/** What timm's eva.py says of a model. */
interface EvaFacts {
  readonly size: readonly [width: number, layers: number, heads: number, ratio: number];
  /** `eva`: EVA and EVA-02's largest; `eva02`: rotary positions, SwiGLU and inner norms; `pe`: Perception Encoder. */
  readonly kind: 'eva' | 'eva02' | 'pe';
  readonly patch: number;
  /** EVA-02's largest normalises what each block adds. */
  readonly normsBranch?: boolean;
  readonly hasClassToken?: boolean;
}

const MODELS: readonly [RegExp, EvaFacts][] = [
  [/^eva_giant_patch14_(?:clip_)?(\d+)$/, { kind: 'eva', patch: 14, size: [1408, 40, 16, 6144 / 1408] }],
  [/^eva02_base_patch16_clip_(\d+)$/, { kind: 'eva02', patch: 16, size: [768, 12, 12, (4 * 2) / 3] }],
  [/^eva02_large_patch14_clip_(\d+)$/, { kind: 'eva02', patch: 14, size: [1024, 24, 16, (4 * 2) / 3] }],
  [/^eva02_enormous_patch14_clip_(\d+)$/, { kind: 'eva', patch: 14, size: [1792, 64, 16, 15360 / 1792], normsBranch: true }],
  [/^vit_pe_core_tiny_patch16_(\d+)$/, { kind: 'pe', patch: 16, size: [192, 12, 3, 4] }],
  [/^vit_pe_core_small_patch16_(\d+)$/, { kind: 'pe', patch: 16, size: [384, 12, 6, 4] }],
  [/^vit_pe_core_base_patch16_(\d+)$/, { kind: 'pe', patch: 16, size: [768, 12, 12, 4] }],
  [/^vit_pe_core_large_patch14_(\d+)$/, { kind: 'pe', patch: 14, size: [1024, 24, 16, 4] }],
  [/^vit_pe_core_gigantic_patch14_(\d+)$/, { kind: 'pe', patch: 14, size: [1536, 50, 16, 8960 / 1536], hasClassToken: false }],
];

/** The patches along a side of the images that EVA-02 was trained on first. */
const EVA02_REFERENCE = 16;
const PE_POOL = { heads: 8, ratio: 4 };

/** timm's Eva: EVA-CLIP, EVA-02-CLIP (Sun et al., 2023) and Perception Encoder (Bolya et al., 2025). */
export function writeEva(b: GraphBuilder, pixels: Value, { name, imageSize, pool, modelArgs }: TrunkRequest): Features | undefined {
  const facts = MODELS.find(([pattern]) => Number(pattern.exec(name)?.[1]) === imageSize)?.[1];
  if (!facts) return undefined;
  const { kind, patch: patchSize, hasClassToken = true } = facts;
  if (pool !== (kind === 'pe' ? 'map' : 'token'))
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `open_clip_config.json: model_cfg.vision_cfg: labelwise does not support "timm_pool" ("${pool}") of ${name}.`,
    );
  const shape = shapeOf(facts, modelArgs);
  const { width, epsilon } = shape;
  const at = `${TRUNK}.patch_embed.proj`;
  const names = {
    patch: `${at}.weight`,
    patchBias: kind === 'pe' ? undefined : `${at}.bias`,
    classToken: hasClassToken ? `${TRUNK}.cls_token` : undefined,
    position: `${TRUNK}.pos_embed`,
    isBatched: true,
  };
  const patches = patchEmbedding(b, pixels, names, { imageSize, patchSize, width });
  const tokens = kind === 'pe' ? { ...patches, rows: layerNorm(b, patches.rows, `${TRUNK}.norm_pre`, width, epsilon) } : patches;
  const picker = kind === 'pe' ? undefined : pickAt(b, 0, width);
  const grid = Math.floor(imageSize / patchSize);
  const place = { grid, headWidth: width / shape.heads, hasClassToken, isColumnFirst: kind === 'pe' };
  const start = kind === 'pe' ? { reference: grid, offset: hasClassToken ? 1 : 0 } : { reference: EVA02_REFERENCE, offset: 0 };
  const rotation = kind === 'eva' ? undefined : axialRotation(b, { ...place, ...start });
  const finalNorm = `${TRUNK}.norm`;
  const classifier = `${TRUNK}.head`;
  if (facts.normsBranch) {
    const { rows } = postNormEncoder(b, tokens, namesOf(kind), shape, { picker, normsBranch: true });
    return { rows: layerNorm(b, rows, finalNorm, width, epsilon), width, classifier };
  }
  const encoded = encoder(b, tokens, namesOf(kind), shape, { finalNorm, picker, rotation });
  const poolShape = { ...shape, heads: PE_POOL.heads, hidden: width * PE_POOL.ratio };
  const rows = picker ? encoded.rows : attentionPoolingHead(b, encoded, POOL_NAMES, poolShape);
  return { rows, width, classifier };
}

function shapeOf({ kind, size }: EvaFacts, modelArgs: TrunkRequest['modelArgs']): EncoderShape {
  const [named, depth, heads, ratio] = size;
  const width = modelArgs.embed_dim ?? named;
  return {
    width,
    heads,
    layers: modelArgs.depth ?? depth,
    hidden: Math.floor(width * ratio),
    activation: kind === 'eva02' ? 'silu' : 'gelu',
    epsilon: kind === 'pe' ? 1e-5 : 1e-6,
  };
}

function namesOf(kind: EvaFacts['kind']): (layer: number) => LayerNames {
  return (layer) => {
    const at = `${TRUNK}.blocks.${layer}`;
    const isGated = kind === 'eva02';
    return {
      norm1: `${at}.norm1`,
      qkv: qkvNames(`${at}.attn`, kind),
      ...(isGated ? { attentionNorm: `${at}.attn.norm`, gate: linearNames(`${at}.mlp.fc1_g`), mlpNorm: `${at}.mlp.norm` } : {}),
      out: linearNames(`${at}.attn.proj`),
      norm2: `${at}.norm2`,
      up: linearNames(`${at}.mlp.${isGated ? 'fc1_x' : 'fc1'}`),
      down: linearNames(`${at}.mlp.fc2`),
    };
  };
}

/** EVA's keys have no bias. */
function qkvNames(at: string, kind: EvaFacts['kind']): QkvNames {
  if (kind === 'pe') return fusedQkv(`${at}.qkv.weight`, `${at}.qkv.bias`);
  if (kind === 'eva02')
    return { query: linearNames(`${at}.q_proj`), key: { weight: `${at}.k_proj.weight` }, value: linearNames(`${at}.v_proj`) };
  const part = (index: number) => ({ weight: `${at}.qkv.weight`, part: { index, of: 3 } });
  return {
    query: { ...part(0), bias: `${at}.q_bias` },
    key: part(1),
    value: { ...part(2), bias: `${at}.v_bias` },
  };
}
