import type { TextRules } from '../../checkpoints/text-rules.js';

/** Token ids filled up to a length, with the mask that tells text (1) from padding (0). */
export interface PaddedTokens {
  readonly inputIds: readonly number[];
  readonly attentionMask: readonly number[];
}

/** Pads one text's tokens to `length`, on the side that the checkpoint was trained with. */
export function padTokens(ids: readonly number[], length: number, rules: TextRules): PaddedTokens {
  const filler = Array<number>(Math.max(0, length - ids.length));
  const pad = (row: readonly number[], value: number): number[] =>
    rules.paddingSide === 'left' ? [...filler.fill(value), ...row] : [...row, ...filler.fill(value)];
  return {
    inputIds: pad(ids, rules.padTokenId),
    attentionMask: pad(
      ids.map(() => 1),
      0,
    ),
  };
}

/** The length that a batch of texts is padded to. rows: [batch][tokens] */
export function paddedLength(rows: readonly (readonly number[])[], rules: TextRules): number {
  return rules.padding === 'max' ? rules.maxLength : Math.max(...rows.map((row) => row.length));
}
