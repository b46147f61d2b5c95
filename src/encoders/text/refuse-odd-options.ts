import type { TextRules } from '../../checkpoints/text-rules.js';
import { refuseUnknownFields } from '../../files/field-rules.js';
import { isPart } from './python/added-token.js';

const OPTIONS = { harmless: {}, off: { truncation_side: ['right'], split_special_tokens: [false] } };

/** Refuses what transformers reads in tokenizer_config.json and labelwise does not do. @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` */
export function refuseOddOptions(tokenizerConfig: unknown): void {
  if (!isPart(tokenizerConfig)) return;
  const { truncation_side, split_special_tokens } = tokenizerConfig;
  refuseUnknownFields({ truncation_side, split_special_tokens }, [], OPTIONS, 'tokenizer_config.json');
}

/**
 * Refuses texts padded on the left to the longest of a batch, for which the position of each word would depend on its neighbours. Towers that are always
 * given the full length have no such neighbours.
 *
 * @throws LabelwiseError `CHECKPOINT_UNSUPPORTED`
 */
export function refuseLeftPadding({ paddingSide, padding }: TextRules): void {
  if (paddingSide === 'left' && padding === 'longest')
    refuseUnknownFields(
      { padding_side: paddingSide },
      [],
      { harmless: {}, off: { padding_side: ['right'] } },
      'tokenizer_config.json or tokenizer.json',
    );
}
