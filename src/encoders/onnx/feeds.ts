import type { TextRules } from '../text/text-rules.js';
import type { TensorMessage } from './protocol.js';
import type { Signature } from './signature.js';
import { toFloatTensor, toIntTensor } from './tensors.js';

/** The feeds of a text batch, padded as the checkpoint wants it. ids: [batch][tokens] */
export function toTextFeeds(ids: readonly (readonly number[])[], rules: TextRules, signature: Signature): Record<string, TensorMessage> {
  const { types } = signature;
  const length = paddedLength(ids, rules, signature);
  const pad = (row: readonly number[], filler: number): number[] => [...row, ...Array<number>(length - row.length).fill(filler)];
  const feeds: Record<string, TensorMessage> = {
    input_ids: toIntTensor(
      ids.map((row) => pad(row, rules.padTokenId)),
      types.input_ids ?? 'int64',
    ),
  };
  if (types.attention_mask)
    feeds.attention_mask = toIntTensor(
      ids.map((row) =>
        pad(
          row.map(() => 1),
          0,
        ),
      ),
      types.attention_mask,
    );
  if (types.token_type_ids)
    feeds.token_type_ids = toIntTensor(
      ids.map(() => pad([], 0)),
      types.token_type_ids,
    );
  return feeds;
}

/** A graph without a mask cannot tell padding from text, so it gets the length that it was trained with. */
function paddedLength(ids: readonly (readonly number[])[], rules: TextRules, { types, fixedTextLength }: Signature): number {
  if (fixedTextLength !== undefined) return fixedTextLength;
  if (rules.padding === 'max' || types.attention_mask === undefined) return rules.maxLength;
  return Math.max(...ids.map((row) => row.length));
}

/** The feeds of an image batch. pixels: [batch, 3, height, width] */
export function toImageFeeds(
  pixels: Float32Array<ArrayBuffer>,
  dims: readonly number[],
  signature: Signature,
): Record<string, TensorMessage> {
  return { pixel_values: toFloatTensor(pixels, dims, signature.types.pixel_values ?? 'float32') };
}
