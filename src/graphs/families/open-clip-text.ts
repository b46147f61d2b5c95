import { z } from 'zod';
import { LabelwiseError } from '../../errors.js';
import type { AttentionMask } from '../blocks/attention.js';
import { encoder, type Picker } from '../blocks/encoder-layer.js';
import { linear, linearNames } from '../blocks/linear.js';
import { pickAt, pickEnd } from '../blocks/pooling.js';
import { tokenEmbedding } from '../blocks/token-embedding.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { ONNX_TYPES } from '../onnx-schema.js';
import { count, size } from './hf-names.js';
import { blockFields, blockNames, type OpenClipModel, toBlockShape } from './open-clip-block.js';

export const textSchema = z.object({
  ...blockFields,
  width: size.default(512),
  context_length: size.default(77),
  vocab_size: size.default(49408),
  heads: count.default(8),
  no_causal_mask: z.boolean().default(false),
  embed_cls: z.boolean().default(false),
  pad_id: z.number().int().min(0).default(0),
  pool_type: z.enum(['argmax', 'eos', 'last', 'first']).default('argmax'),
  eos_id: z.number().int().min(0).default(2),
  proj_type: z.enum(['linear', 'none']).default('linear'),
  proj_bias: z.boolean().default(false),
});
type Text = z.infer<typeof textSchema>;

/** OpenCLIP's own text transformer. */
export function writeOpenClipText(b: GraphBuilder, text: Text, { embed_dim: dimension, quick_gelu: isQuick }: OpenClipModel): void {
  const { width, context_length: length, vocab_size: vocabulary } = text;
  const root = b.has('text.token_embedding.weight') ? 'text.' : ''; // CustomTextCLIP keeps the text tower apart
  const ids = b.input('input_ids', 'int64', ['batch', isPaddingSeen(text) ? length : 'length']);
  const names = { token: `${root}token_embedding.weight`, position: `${root}positional_embedding` };
  const appended = text.embed_cls ? `${root}cls_emb` : undefined;
  const positions = text.embed_cls ? length + 1 : length;
  const tokens = tokenEmbedding(b, ids, { ...names, appended }, { vocabulary, positions, width });
  const mask = { isCausal: !text.no_causal_mask, ...(text.embed_cls ? { keys: keysOfClassToken(b, ids, text.pad_id) } : {}) };
  const options = { mask, finalNorm: `${root}ln_final`, picker: pickerOf(b, ids, text, mask) };
  const { rows } = encoder(b, tokens, blockNames(`${root}transformer`, text), toBlockShape(text, text.heads, isQuick), options);
  b.output(project(b, rows, text, { root, dimension }), 'text_embeds', ['batch', dimension]);
}

/** OpenCLIP masks no padding: where a token that is read sees what comes after the text, texts have to be as long as in training. */
const isPaddingSeen = (text: Text): boolean => text.no_causal_mask || text.embed_cls || text.pool_type === 'last';

/**
 * CoCa's class token comes last and is to see no padding. OpenCLIP's mask, which its weights were trained with, stands one place too far right: it
 * also shows the first token of padding, and hides the class token itself. ids: [batch, length] -> [batch, length + 1], int32
 */
function keysOfClassToken(b: GraphBuilder, ids: Value, padId: number): Value {
  const isText = b.node('Not', [b.node('Equal', [ids, b.integers([padId], [])])]);
  const marks = b.node('Cast', [isText], { to: ONNX_TYPES.int32 });
  return b.node('Pad', [marks, b.integers([0, 1, 0, 0]), b.integers([1], [], 'int32')]);
}

function pickerOf(b: GraphBuilder, ids: Value, text: Text, mask: AttentionMask): Picker {
  const { pool_type: pool, eos_id, no_causal_mask: seesAll, width } = text;
  if (text.embed_cls) return { ...pickAt(b, -1, width), mask: { keys: mask.keys as Value } }; // the last one sees all others
  if (pool === 'last') return pickAt(b, -1, width);
  if (pool === 'first') {
    if (seesAll) return pickAt(b, 0, width);
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      'open_clip_config.json: labelwise does not support "pool_type" ("first") under a causal mask.',
    );
  }
  const end = pickEnd(b, ids, pool === 'eos' ? eos_id : 'highest', width);
  return seesAll ? { pick: end.pick } : end;
}

function project(
  b: GraphBuilder,
  rows: Value,
  { width, proj_type: type, proj_bias: hasBias }: Text,
  { root, dimension }: { readonly root: string; readonly dimension: number },
): Value {
  const at = `${root}text_projection`;
  if (type === 'none') return rows;
  const names = hasBias ? linearNames(at) : { weight: at, isTransposed: true };
  return linear(b, rows, { ...names, isProjection: true }, width, dimension);
}
