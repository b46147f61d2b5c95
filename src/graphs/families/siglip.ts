import { z } from 'zod';
import { opensUnpacked } from '../../checkpoints/families.js';
import { fusedQkv } from '../blocks/attention.js';
import { attentionPoolingHead, type PoolingNames } from '../blocks/attention-pooling-head.js';
import { encoder, type Tokens } from '../blocks/encoder-layer.js';
import { linear, linearNames } from '../blocks/linear.js';
import { embedPatches, patchEmbedding } from '../blocks/patch-embedding.js';
import { lastOfTwo, pickAt, pickLastTwo } from '../blocks/pooling.js';
import { patchGrid, resizeLinear } from '../blocks/position-grid.js';
import { tokenEmbedding } from '../blocks/token-embedding.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { DualEncoderGraphs } from './family.js';
import { hfLayerNames, size, toEncoderShape, towerSchema } from './hf-names.js';
import { HF_FIELDS } from './known-fields.js';
import { parseConfig } from './parse-config.js';

const tower = towerSchema({ width: 768, hidden: 3072, heads: 12, activation: 'gelu_pytorch_tanh', epsilon: 1e-6 });
const textSchema = z.object({
  ...tower,
  vocab_size: size.default(32000),
  max_position_embeddings: size.default(64),
  projection_size: size.optional(),
});
const visionSchema = z.object({
  ...tower,
  image_size: size.default(224),
  patch_size: size.default(16),
});
const isSquare = (patches: number): boolean => Number.isInteger(Math.sqrt(patches));
const naflexSchema = z.object({
  ...tower,
  patch_size: size.default(16),
  num_patches: size.default(256).refine(isSquare, 'Expected the number of positions to be a square'),
});
const HEAD = 'vision_model.head';
const HEAD_NAMES: PoolingNames = {
  probe: `${HEAD}.probe`,
  qkv: fusedQkv(`${HEAD}.attention.in_proj_weight`, `${HEAD}.attention.in_proj_bias`),
  out: linearNames(`${HEAD}.attention.out_proj`),
  norm: `${HEAD}.layernorm`,
  mlp: { up: linearNames(`${HEAD}.mlp.fc1`), down: linearNames(`${HEAD}.mlp.fc2`) },
};
const schema = z.object({ text_config: z.looseObject({}).default({}), vision_config: z.looseObject({}).default({}) });
export const SIGLIP_SCHEMAS = { model: schema, text: textSchema, vision: visionSchema, naflex: naflexSchema } as const;

/** SigLIP and SigLIP 2 of fixed size, as transformers keeps them. */
export function readSiglip(json: unknown): DualEncoderGraphs {
  const config = parseConfig(schema, json, { where: 'config.json', fields: HF_FIELDS.model });
  const vision = parseConfig(visionSchema, config.vision_config, { where: 'config.json: vision_config', fields: HF_FIELDS.vision });
  return {
    writeImageTower(b) {
      const { hidden_size: width, image_size: imageSize, patch_size: patchSize } = vision;
      const pixels = b.input('pixel_values', 'float32', ['batch', 3, imageSize, imageSize]);
      const names = {
        patch: `${AT}.patch_embedding.weight`,
        patchBias: `${AT}.patch_embedding.bias`,
        position: `${AT}.position_embedding.weight`,
      };
      writeLayers(b, patchEmbedding(b, pixels, names, { imageSize, patchSize, width }), vision, FIXED);
    },
    writeTextTower: readTextTower(config.text_config, FIXED),
  };
}

/** SigLIP 2 NaFlex: pictures keep their shape, and the positions are resized to it (Tschannen et al., 2025). */
export function readSiglip2(json: unknown): DualEncoderGraphs {
  const config = parseConfig(schema, json, { where: 'config.json', fields: HF_FIELDS.model });
  const vision = parseConfig(naflexSchema, config.vision_config, { where: 'config.json: vision_config', fields: HF_FIELDS.vision });
  return {
    writeImageTower(b) {
      const { hidden_size: width, patch_size: patch, num_patches: count } = vision;
      const pixels = b.input('pixel_values', 'float32', ['batch', 3, 'height', 'width']);
      const flat = b.weight(`${AT}.patch_embedding.weight`, [width, patch * patch * 3]); // rows, columns, then colours of a patch
      const kernel = b.node('Transpose', [b.node('Reshape', [flat, b.integers([width, patch, patch, 3])])], { perm: [0, 3, 1, 2] });
      const bias = b.weight(`${AT}.patch_embedding.bias`, [width]);
      const grid = patchGrid(b, pixels, patch);
      const shape = b.node('Concat', [b.integers([0, 3]), grid.rows, b.integers([patch]), grid.columns, b.integers([patch])], { axis: 0 });
      const patches = embedPatches(b, pixels, { kernel, bias }, { patchSize: patch, width, grid: shape });
      const stored = b.weight(`${AT}.position_embedding.weight`, [count, width]);
      const positions = resizeLinear(b, stored, grid, { side: Math.sqrt(count), width });
      const embedded = b.node('Add', [patches, positions]); // [batch, rows * columns, width]
      writeLayers(b, { rows: b.node('Reshape', [embedded, b.integers([-1, width])]), shape: b.node('Shape', [embedded]) }, vision, NAFLEX);
    },
    writeTextTower: readTextTower(config.text_config, NAFLEX),
  };
}

const AT = 'vision_model.embeddings';

interface Packing {
  readonly isUnpacked: boolean;
}
const FIXED: Packing = { isUnpacked: false };
const NAFLEX: Packing = { isUnpacked: opensUnpacked('siglip2') };

function writeLayers(b: GraphBuilder, tokens: Tokens, vision: z.infer<z.ZodObject<typeof tower>>, packing: Packing): void {
  const shape = { ...toEncoderShape(vision), ...packing };
  const encoded = encoder(b, tokens, hfLayerNames('vision_model'), shape, { finalNorm: 'vision_model.post_layernorm' });
  b.output(attentionPoolingHead(b, encoded, HEAD_NAMES, shape), 'pooler_output', ['batch', shape.width]);
}

function readTextTower(json: unknown, { isUnpacked }: Packing): (b: GraphBuilder) => void {
  const text = parseConfig(textSchema, json, { where: 'config.json: text_config', fields: HF_FIELDS.text });
  return (b) => {
    const { hidden_size: width, max_position_embeddings: positions, projection_size: dimension = width } = text;
    const ids = b.input('input_ids', 'int64', ['batch', positions]);
    const embeddings = 'text_model.embeddings';
    const names = { token: `${embeddings}.token_embedding.weight`, position: `${embeddings}.position_embedding.weight` };
    const tokens = tokenEmbedding(b, ids, names, { vocabulary: text.vocab_size, positions, width });
    const picker = isUnpacked ? pickLastTwo(b, width) : pickAt(b, -1, width);
    const options = { finalNorm: 'text_model.final_layer_norm', picker };
    const { rows } = encoder(b, tokens, hfLayerNames('text_model'), toEncoderShape(text), options);
    const embedded = linear(b, rows, { ...linearNames('text_model.head'), isProjection: true }, width, dimension);
    b.output(isUnpacked ? lastOfTwo(b, embedded, dimension) : embedded, 'pooler_output', ['batch', dimension]);
  };
}
