import { damaged } from '../tokenizer-fields.js';
import { contentOf, specialToken } from './special-tokens.js';

const WORDS = "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

/** What tokenizer.json would say of CLIP's vocab.json and merges.txt: transformers' CLIPTokenizer, step by step. */
export function convertClipVocabulary(vocab: unknown, merges: string, config: Readonly<Record<string, unknown>>): object {
  const ids = vocab as Record<string, number>;
  const names = {
    start: contentOf(config.bos_token) ?? '<|startoftext|>',
    end: contentOf(config.eos_token) ?? '<|endoftext|>',
    unknown: contentOf(config.unk_token) ?? '<|endoftext|>',
  };
  const idOf = (token: string): number => {
    const id = ids?.[token];
    if (!Number.isInteger(id)) throw damaged(`its vocabulary lacks ${token}`, undefined, 'vocab.json');
    return id as number;
  };
  const lines = merges.split('\n').filter((line, i) => line.trim() !== '' && !(i === 0 && line.startsWith('#version')));
  return {
    added_tokens: [...new Set(Object.values(names))].map((token) => specialToken(token, idOf(token))),
    normalizer: {
      type: 'Sequence',
      normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' }, { type: 'Lowercase' }],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: WORDS }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      ...{ sep: [names.end, idOf(names.end)], cls: [names.start, idOf(names.start)], trim_offsets: false, add_prefix_space: false },
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      ...{ type: 'BPE', dropout: null, unk_token: names.unknown, continuing_subword_prefix: '', end_of_word_suffix: '</w>' },
      ...{ fuse_unk: false, byte_fallback: false, vocab: ids, merges: lines },
    },
  };
}
