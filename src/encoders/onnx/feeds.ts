import type { TextRules } from '../../checkpoints/text-rules.js';
import { paddedLength, padTokens } from '../text/pad-tokens.js';
import type { TensorMessage } from './protocol.js';
import type { Signature } from './signature.js';
import { toFloatTensor, toIntTensor } from './tensors.js';

/**
 * The feeds of a text batch, padded as the checkpoint wants it. A graph without a mask cannot tell padding from text, so it
 * gets the length that it was trained with. ids: [batch][tokens]
 */
export function toTextFeeds(ids: readonly (readonly number[])[], rules: TextRules, signature: Signature): Record<string, TensorMessage> {
  const { types, fixedTextLength } = signature;
  const length = fixedTextLength ?? paddedLength(ids, types.attention_mask === undefined ? { ...rules, padding: 'max' } : rules);
  const padded = ids.map((row) => padTokens(row, length, rules));
  const feeds: Record<string, TensorMessage> = {
    input_ids: toIntTensor(
      padded.map((row) => row.inputIds),
      types.input_ids ?? 'int64',
    ),
  };
  if (types.attention_mask)
    feeds.attention_mask = toIntTensor(
      padded.map((row) => row.attentionMask),
      types.attention_mask,
    );
  if (types.token_type_ids)
    feeds.token_type_ids = toIntTensor(
      padded.map((row) => row.inputIds.map(() => 0)),
      types.token_type_ids,
    );
  return feeds;
}

/** The feeds of an image batch. pixels: [batch, 3, height, width] */
export function toImageFeeds(
  pixels: Float32Array<ArrayBuffer>,
  dims: readonly number[],
  signature: Signature,
): Record<string, TensorMessage> {
  return { pixel_values: toFloatTensor(pixels, dims, signature.types.pixel_values ?? 'float32') };
}
