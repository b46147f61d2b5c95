import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NORMALIZE, PRE_TOKENIZE } from './python-steps.js';
import { createTextTokenizer } from './text-tokenizer.js';
import { NORMALIZERS, PRE_TOKENIZERS, refuseUnknownTokenizer } from './tokenizer-fields.js';

const read = (path: string) => JSON.parse(readFileSync(new URL(`../../../tests/parity/${path}`, import.meta.url), 'utf8'));
const golden = read('tokenizer-steps.json') as { texts: string[]; steps: Record<string, unknown[]> };
const listed = read('config-fields.json') as Record<'normalizers' | 'preTokenizers', Record<string, Record<string, unknown>>>;
const CONFIGS: Record<string, object> = {
  BertNormalizer: listed.normalizers.BertNormalizer ?? {},
  Precompiled: read('xlm-roberta-tiny/tokenizer.json').normalizer,
  Strip: { strip_left: true, strip_right: true },
  Digits: { individual_digits: true },
};

test.each(Object.keys(golden.steps))("%s gives what Python's tokenizers give", (type) => {
  const make = NORMALIZE[type] ?? PRE_TOKENIZE[type];
  const step = make?.({ ...CONFIGS[type] }) as (text: string) => unknown;
  for (const [i, text] of golden.texts.entries()) expect(step(text), JSON.stringify(text)).toEqual(golden.steps[type]?.[i]);
});

const tokenizer = (change: object): unknown => ({
  model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', vocab: { '[UNK]': 0, σοφοσ: 1, Cat: 2, cat: 3 } },
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  added_tokens: [],
  ...change,
});
const idsOf = (text: string, change: object = {}, tokenizerConfig: object = {}): readonly number[] =>
  createTextTokenizer({ tokenizer: tokenizer(change), tokenizerConfig, textConfig: {}, family: { padding: 'longest' } }).tokenize(text).ids;

test('the corrected steps are those that a tokenizer runs', () => {
  expect(idsOf('ΣΟΦΟΣ')).toEqual([1]);
  expect(idsOf('ΣΟΦΟΣ', { normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Lowercase' }] } })).toEqual([1]);
});

test('BertTokenizer follows do_lower_case of tokenizer_config.json', () => {
  const normalizer = { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true };
  const bert = { normalizer, pre_tokenizer: { type: 'BertPreTokenizer' } };
  expect(idsOf('Cat', bert, { tokenizer_class: 'BertTokenizer', do_lower_case: false })[1]).toBe(2);
  expect(idsOf('Cat', bert, { tokenizer_class: 'BertTokenizer' })[1]).toBe(3);
});

test.each([
  [{ normalizer: { type: 'Nmt' } }, 'the normalizer "Nmt"'],
  [{ normalizer: { type: 'Sequence', normalizers: [{ type: 'ByteLevel' }] } }, 'the normalizer "ByteLevel"'],
  [{ pre_tokenizer: { type: 'UnicodeScripts' } }, 'the pre_tokenizer "UnicodeScripts"'],
  [{ pre_tokenizer: { type: 'Punctuation', behavior: 'Contiguous' } }, '"behavior" ("Contiguous")'],
  [{ pre_tokenizer: { type: 'Metaspace', add_prefix_space: false } }, '"add_prefix_space" (false)'],
  [
    { pre_tokenizer: { type: 'Split', pattern: { String: 'x' }, behavior: 'MergedWithNext', invert: false } },
    '"behavior" ("MergedWithNext")',
  ],
  [{ model: { type: 'BPE', vocab: { a: 0 }, merges: [], dropout: 0.1 } }, '"dropout" (0.1)'],
  [{ model: { type: 'BPE', vocab: {}, merges: [] } }, 'an empty vocabulary'],
  [{ truncation: { direction: 'Left', max_length: 5 } }, '"direction" ("Left")'],
  [{ added_tokens: [{ content: 'x', id: 0, single_word: true }] }, '"single_word" (true)'],
  [{ normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAAA' } }, 'precompiled_charsmap of its normalizer is cut short'],
])('%j is refused by name', (change, message) => {
  expect(() => idsOf('cat', change)).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
});

test("each normaliser and pre-tokeniser of Python's tokenizers is followed with its default fields, or refused by its name", () => {
  const unsupported = { normalizers: ['ByteLevel', 'Nmt'], preTokenizers: ['CharDelimiterSplit', 'UnicodeScripts'] };
  for (const [kind, known, part] of [
    ['normalizers', NORMALIZERS, 'normalizer'],
    ['preTokenizers', PRE_TOKENIZERS, 'pre_tokenizer'],
  ] as const) {
    expect(Object.keys(listed[kind]).filter((type) => !Object.hasOwn(known, type))).toEqual(unsupported[kind]);
    for (const [type, fields] of Object.entries(listed[kind])) {
      const load = () => refuseUnknownTokenizer({ model: { vocab: { a: 0 } }, [part]: { type, ...fields } });
      if (unsupported[kind].includes(type)) expect(load).toThrow(`"${type}"`);
      else expect(load).not.toThrow();
    }
  }
});
