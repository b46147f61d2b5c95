import { damaged } from '../tokenizer-fields.js';

/** CLIP's vocab.json and merges.txt as a tokenizer.json of which CLIPTokenizer takes the vocabulary. */
export function convertClipVocabulary(vocab: unknown, merges: string): object {
  const ids = vocab as Record<string, unknown> | null;
  for (const token of ['<|startoftext|>', '<|endoftext|>'])
    if (!Number.isInteger(ids?.[token])) throw damaged(`its vocabulary lacks ${token}`, undefined, 'vocab.json');
  const lines = merges.split('\n').filter((line, i) => line.trim() !== '' && !(i === 0 && line.startsWith('#version')));
  return {
    ...{ added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', vocab: ids, merges: lines },
  };
}
