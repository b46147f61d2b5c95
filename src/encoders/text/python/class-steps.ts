import type { TokenizerClass } from '../../../checkpoints/tokenizer-class.js';
import { LabelwiseError } from '../../../errors.js';
import type { Part } from './added-token.js';

/** What a class of transformers 5.24 makes by itself, whatever tokenizer.json says (models/*\/tokenization_*.py). */
export interface ClassSteps {
  readonly model: 'BPE' | 'WordPiece' | 'Unigram';
  /** Fields of the model beside the vocabulary and the merges. */
  readonly fields: (unknown: string) => Part;
  readonly normalizer: (config: Part, charsmap: Part | null) => unknown;
  readonly preTokenizer: (config: Part) => unknown;
  /** The tokens that it puts around a text; undefined where tokenizer.json says which, if there is one. */
  readonly ends?: readonly [before: string | undefined, after: string | undefined];
  readonly endsWithoutFile?: (config: Part) => NonNullable<ClassSteps['ends']>;
  /** Special tokens beside those with a name, where no file lists others. */
  readonly extra?: (config: Part) => readonly string[];
}

const CLIP_WORDS = "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
const sequence = (kind: 'normalizers' | 'pretokenizers', parts: unknown[]): Part => ({ type: 'Sequence', [kind]: parts });
const byteLevel = (prefix: unknown): Part => ({ type: 'ByteLevel', add_prefix_space: prefix, trim_offsets: true, use_regex: true });
const spacedWords = (scheme: 'always' | 'never'): Part =>
  sequence('pretokenizers', [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '▁', prepend_scheme: scheme, split: true }]);
const bpe = (fields: Part): Part => ({
  ...{ type: 'BPE', dropout: null, continuing_subword_prefix: '', end_of_word_suffix: '', fuse_unk: false, byte_fallback: false },
  ...{ ignore_merges: false, ...fields },
});
const spaces = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };

function assertSwitch(field: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new LabelwiseError(
    'CHECKPOINT_DAMAGED',
    `tokenizer_config.json: expected "${field}" to be true or false, got ${JSON.stringify(value)}.`,
    {
      hint: 'Compare the file with the one in the repository on the hub.',
    },
  );
}

const GEMMA: ClassSteps = {
  model: 'BPE',
  fields: (unk_token) => bpe({ unk_token, fuse_unk: true, byte_fallback: true, continuing_subword_prefix: null, end_of_word_suffix: null }),
  normalizer: () => spaces,
  preTokenizer: () => ({ type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false }),
  endsWithoutFile: ({ add_bos_token: startsIt, add_eos_token: endsIt }) => [
    startsIt ? 'bos_token' : undefined,
    endsIt ? 'eos_token' : undefined,
  ],
};

export const CLASS_STEPS: Readonly<Partial<Record<TokenizerClass, ClassSteps>>> = {
  CLIP: {
    model: 'BPE',
    fields: (unk_token) => bpe({ unk_token, end_of_word_suffix: '</w>' }),
    normalizer: () =>
      sequence('normalizers', [{ type: 'NFC' }, { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' }, { type: 'Lowercase' }]),
    preTokenizer: () =>
      sequence('pretokenizers', [{ type: 'Split', pattern: { Regex: CLIP_WORDS }, behavior: 'Removed', invert: true }, byteLevel(false)]),
    ends: ['bos_token', 'eos_token'],
  },
  Bert: {
    model: 'WordPiece',
    fields: (unk_token) => ({ type: 'WordPiece', unk_token, continuing_subword_prefix: '##', max_input_chars_per_word: 100 }),
    normalizer: ({ do_lower_case: lowercase = true, strip_accents = null, tokenize_chinese_chars: chinese = true }) => {
      const handle_chinese_chars = assertSwitch('tokenize_chinese_chars', chinese);
      return {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars,
        strip_accents,
        lowercase: assertSwitch('do_lower_case', lowercase),
      };
    },
    preTokenizer: () => ({ type: 'BertPreTokenizer' }),
    ends: ['cls_token', 'sep_token'],
  },
  XLMRoberta: {
    model: 'Unigram',
    fields: () => ({ type: 'Unigram', unk_id: 3, byte_fallback: false }),
    normalizer: (_, charsmap) => charsmap,
    preTokenizer: ({ add_prefix_space: isSpaced = true }) => spacedWords(isSpaced ? 'always' : 'never'),
    ends: ['bos_token', 'eos_token'],
  },
  T5: {
    model: 'Unigram',
    fields: () => ({ type: 'Unigram', unk_id: 2, byte_fallback: false }),
    normalizer: (_, charsmap) => charsmap,
    preTokenizer: () => spacedWords('always'),
    ends: [undefined, 'eos_token'],
    extra: ({ extra_ids: count = 100 }) => Array.from({ length: Number(count) }, (_, i) => `<extra_id_${i}>`),
  },
  Roberta: {
    model: 'BPE',
    fields: () => bpe({ unk_token: null }),
    normalizer: () => null,
    preTokenizer: ({ add_prefix_space: isSpaced = false }) => byteLevel(isSpaced),
    ends: ['cls_token', 'sep_token'],
  },
  Gemma: GEMMA,
  Siglip2: { ...GEMMA, normalizer: () => sequence('normalizers', [{ type: 'Lowercase' }, spaces]) },
};
