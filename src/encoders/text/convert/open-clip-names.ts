import { LabelwiseError } from '../../../errors.js';
import { isPart } from '../python/added-token.js';
import { followTransformers } from '../python/follow-transformers.js';

const NAMES: Readonly<Record<string, string>> = { '<|startoftext|>': '<start_of_text>', '<|endoftext|>': '<end_of_text>' };
const CONFIG = {
  bos_token: '<start_of_text>',
  ...Object.fromEntries(['eos_token', 'unk_token', 'pad_token'].map((name) => [name, '<end_of_text>'])),
};

/**
 * OpenCLIP's own tokenizer, with the vocabulary and the merges of a tokenizer.json: CLIP's steps, whatever the file says, and other names for the special
 * tokens, so that other texts than transformers' end a sentence.
 *
 * @throws LabelwiseError `CHECKPOINT_UNSUPPORTED`
 */
export function withOpenClipNames(json: unknown): unknown {
  const model = isPart(json) ? json.model : undefined;
  if (!isPart(model) || !isPart(model.vocab) || !Object.keys(NAMES).every((name) => name in (model.vocab as object)))
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      "tokenizer.json: expected CLIP's vocabulary, because open_clip_config.json names no other tokenizer than OpenCLIP's own.",
      {
        hint: 'Compare the file with the one in the repository on the hub.',
      },
    );
  const vocab = Object.fromEntries(Object.entries(model.vocab).map(([token, id]) => [NAMES[token] ?? token, id]));
  const files = { tokenizerConfig: { ...CONFIG, added_tokens_decoder: {} } };
  const followed = followTransformers({ ...(json as object), model: { ...model, vocab } }, files, { tokenizerClass: 'CLIP' });
  const { pre_tokenizer: cutter, ...rest } = followed.json as { pre_tokenizer: unknown };
  return {
    ...rest,
    pre_tokenizer: JSON.parse(
      JSON.stringify(cutter).replace('<\\\\|startoftext\\\\|>|<\\\\|endoftext\\\\|>', '<start_of_text>|<end_of_text>'),
    ),
  };
}
