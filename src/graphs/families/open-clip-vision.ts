import { z } from 'zod';
import { LabelwiseError } from '../../errors.js';
import { attendOnce } from '../blocks/attention-pooling-head.js';
import { encoder, type Tokens } from '../blocks/encoder-layer.js';
import { layerNorm } from '../blocks/layer-norm.js';
import { linear, linearNames } from '../blocks/linear.js';
import { patchEmbedding } from '../blocks/patch-embedding.js';
import { meanOfPatches, pickAt } from '../blocks/pooling.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { count, size } from './hf-names.js';
import { blockFields, blockNames, type OpenClipModel, toBlockShape } from './open-clip-block.js';

export const visionSchema = z.object({
  ...blockFields,
  width: size.default(768),
  image_size: z.union([size, z.tuple([size, size]).refine(([a, b]) => a === b, 'labelwise supports square images only')]).default(224),
  head_width: size.default(64),
  patch_size: size.default(16),
  no_ln_pre: z.boolean().default(false),
  final_ln_after_pool: z.boolean().default(false),
  pool_type: z.enum(['tok', 'avg']).default('tok'),
  attentional_pool: z.boolean().default(false),
  attn_pooler_queries: size.default(256),
  attn_pooler_heads: count.default(8),
});
type Vision = z.infer<typeof visionSchema>;

/** OpenCLIP's own vision transformer. */
export function writeOpenClipVision(b: GraphBuilder, vision: Vision, { embed_dim: dimension, quick_gelu: isQuick }: OpenClipModel): void {
  const { width, patch_size: patchSize } = vision;
  const shape = toBlockShape(vision, Math.floor(width / vision.head_width), isQuick);
  const { epsilon } = shape;
  const imageSize = [vision.image_size].flat()[0] as number;
  const pixels = b.input('pixel_values', 'float32', ['batch', 3, imageSize, imageSize]);
  const names = { patch: 'visual.conv1.weight', classToken: 'visual.class_embedding', position: 'visual.positional_embedding' };
  const patches = patchEmbedding(b, pixels, names, { imageSize, patchSize, width });
  const tokens = vision.no_ln_pre ? patches : { ...patches, rows: layerNorm(b, patches.rows, 'visual.ln_pre', width, epsilon) };
  const isMean = vision.pool_type === 'avg';
  const isNormedLast = vision.attentional_pool || (isMean && vision.final_ln_after_pool); // of one token, it is the same before and after
  const picker = isMean || vision.attentional_pool ? undefined : pickAt(b, 0, width);
  const finalNorm = isNormedLast ? undefined : 'visual.ln_post';
  const encoded = encoder(b, tokens, blockNames('visual.transformer', vision), shape, { finalNorm, picker });
  const pooled = vision.attentional_pool
    ? attentionalPool(b, encoded, vision, dimension)
    : isMean
      ? meanOfPatches(b, encoded)
      : encoded.rows;
  const poolWidth = vision.attentional_pool ? dimension : width;
  const rows = isNormedLast ? layerNorm(b, pooled, 'visual.ln_post', poolWidth, epsilon) : pooled;
  const projection = { weight: 'visual.proj', isTransposed: true, isProjection: true };
  b.output(linear(b, rows, projection, poolWidth, dimension), 'image_embeds', ['batch', dimension]);
}

/** CoCa's pooling (Yu et al., 2022) as OpenCLIP has it: of its learned queries, the first makes the embedding and the others serve the captions. */
function attentionalPool(
  b: GraphBuilder,
  tokens: Tokens,
  { width, attn_pooler_heads: heads, attn_pooler_queries: queries, pool_type: pool }: Vision,
  dimension: number,
): Value {
  if (pool !== 'tok')
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      'open_clip_config.json: labelwise does not support "pool_type" ("avg") with attentional_pool.',
    );
  const at = 'visual.attn_pool';
  const epsilon = 1e-5;
  const first = b.node('Gather', [b.weight(`${at}.query`, [queries, dimension]), b.integers([0])], { axis: 0 });
  const query = layerNorm(b, first, `${at}.ln_q`, dimension, epsilon);
  const keys = { ...tokens, rows: layerNorm(b, tokens.rows, `${at}.ln_k`, width, epsilon) };
  const project = (name: string, index: number) => ({
    ...(width === dimension // torch keeps one weight where all widths are the same
      ? { weight: `${at}.attn.in_proj_weight`, part: { index, of: 3 } }
      : { weight: `${at}.attn.${name}_proj_weight` }),
    bias: `${at}.attn.in_proj_bias`,
    biasPart: { index, of: 3 },
  });
  const names = { qkv: { query: project('q', 0), key: project('k', 1), value: project('v', 2) }, out: linearNames(`${at}.attn.out_proj`) };
  return attendOnce(b, keys, query, names, { width: dimension, heads, keyWidth: width });
}
