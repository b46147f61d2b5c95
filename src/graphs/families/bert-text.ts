import { z } from 'zod';
import type { Tokens } from '../blocks/encoder-layer.js';
import { layerNorm } from '../blocks/layer-norm.js';
import { countTokens, pickAt } from '../blocks/pooling.js';
import { postNormEncoder } from '../blocks/post-norm-encoder.js';
import { tokenEmbedding } from '../blocks/token-embedding.js';
import type { GraphBuilder } from '../graph-builder.js';
import { bertLayerNames, size, toEncoderShape, towerSchema } from './hf-names.js';

/** text_config of the families whose texts go through BERT or RoBERTa. */
export const bertSchema = (defaults: Parameters<typeof towerSchema>[0] & { vocabulary: number; positions: number; types: number }) =>
  z.object({
    ...towerSchema(defaults),
    vocab_size: size.default(defaults.vocabulary),
    max_position_embeddings: size.default(defaults.positions),
    type_vocab_size: size.default(defaults.types),
  });

/** The first token of each text after BERT's layers (Devlin et al., 2018). -> [batch, width] */
export function bertFirstToken(
  b: GraphBuilder,
  at: string,
  text: z.infer<ReturnType<typeof bertSchema>>,
  { firstPosition = 0 }: { readonly firstPosition?: number } = {},
): Tokens {
  const { hidden_size: width, vocab_size: vocabulary, max_position_embeddings: positions } = text;
  const shape = toEncoderShape(text);
  const ids = b.input('input_ids', 'int64', ['batch', 'length']);
  const keys = countTokens(b, b.input('attention_mask', 'int64', ['batch', 'length']));
  const names = { token: `${at}.embeddings.word_embeddings.weight`, position: `${at}.embeddings.position_embeddings.weight` };
  const tokens = tokenEmbedding(b, ids, names, { vocabulary, positions, width, firstPosition });
  const types = b.weight(`${at}.embeddings.token_type_embeddings.weight`, [text.type_vocab_size, width]);
  const typed = b.node('Add', [tokens.rows, b.node('Gather', [types, b.integers([0], [])], { axis: 0 })]); // one sentence: all of type 0
  const start = { ...tokens, rows: layerNorm(b, typed, `${at}.embeddings.LayerNorm`, width, shape.epsilon) };
  return postNormEncoder(b, start, bertLayerNames(at), shape, { mask: { keys }, picker: pickAt(b, 0, width) });
}
