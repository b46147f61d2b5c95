import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHINESE_CLIP_TINY, PARITY, SIGLIP_TINY } from '../../../../tests/fixtures/paths.js';
import { type Cleaning, familyOf } from '../../../checkpoints/families.js';
import { chooseTokenizerClass, describeUnknownClass } from '../../../checkpoints/tokenizer-class.js';
import { createTextTokenizer } from '../text-tokenizer.js';

interface Files {
  // biome-ignore lint/suspicious/noExplicitAny: a file that is changed at will
  json: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  config: any;
  specialTokensMap?: unknown;
  addedTokens?: unknown;
}

/** The tokenizer of a tiny checkpoint, after its files were changed. */
function tokenizerOf(folder: string, change: (files: Files) => void, cleaning?: Cleaning) {
  const read = (file: string) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'));
  const files: Files = { json: read('tokenizer.json'), config: read('tokenizer_config.json') };
  change(files);
  const { model_type: modelType, text_config: textConfig } = read('config.json');
  const { json: tokenizer, config: tokenizerConfig, specialTokensMap, addedTokens } = files;
  const tokenizerClass = chooseTokenizerClass({ modelType, tokenizerConfig });
  const family = { ...familyOf(modelType, tokenizerConfig), ...(cleaning ? { cleaning } : {}) };
  return createTextTokenizer({ tokenizer, tokenizerConfig, specialTokensMap, addedTokens, tokenizerClass, textConfig, family });
}

const ALIGN = `${PARITY}/families/align`;
const CLIP = `${PARITY}/layouts/transformers5`;
const METACLIP_2 = `${PARITY}/families/metaclip2`;
const NAFLEX = `${PARITY}/families/naflex`;
const TEXTS = ['a photo of a cat.', 'A Photo of a CAT!', '  two  spaces ', 'tab\tand\nline', 'ﬁn café', 'cat <unk> [PAD] </s>', ''];
const METASPACE = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };

test.each<[string, string, (files: Files) => void]>([
  ['a normaliser that BertTokenizer replaces', ALIGN, ({ json }) => Object.assign(json, { normalizer: { type: 'NFKC' } })],
  ['no pre-tokeniser for BertTokenizer', ALIGN, ({ json }) => Object.assign(json, { pre_tokenizer: null })],
  ['other pieces than those of BertTokenizer', ALIGN, ({ json }) => Object.assign(json.model, { continuing_subword_prefix: '@@' })],
  ['no ends for BertTokenizer', ALIGN, ({ json }) => Object.assign(json, { post_processor: null })],
  ['no normaliser for CLIPTokenizer', CLIP, ({ json }) => Object.assign(json, { normalizer: null })],
  ['other words than those of CLIPTokenizer', CLIP, ({ json }) => Object.assign(json, { pre_tokenizer: { type: 'WhitespaceSplit' } })],
  ['no ends for XLMRobertaTokenizer', METACLIP_2, ({ json }) => Object.assign(json, { post_processor: null })],
  ['lower-casing, which XLMRobertaTokenizer drops', METACLIP_2, ({ json }) => Object.assign(json, { normalizer: { type: 'Lowercase' } })],
  ['NFKC, which XLMRobertaTokenizer drops', METACLIP_2, ({ json }) => Object.assign(json, { normalizer: { type: 'NFKC' } })],
  ['words that XLMRobertaTokenizer cuts at white space', METACLIP_2, ({ json }) => Object.assign(json, { pre_tokenizer: METASPACE })],
  ['another unknown token than that of XLMRobertaTokenizer', METACLIP_2, ({ json }) => Object.assign(json.model, { unk_id: 5 })],
  ['no bytes for Siglip2Tokenizer', NAFLEX, ({ json }) => Object.assign(json.model, { byte_fallback: false })],
  ['words that Siglip2Tokenizer does not cut', NAFLEX, ({ json }) => Object.assign(json, { pre_tokenizer: { type: 'Whitespace' } })],
  ['a class that siglip2 does not follow', NAFLEX, ({ config }) => Object.assign(config, { tokenizer_class: 'GemmaTokenizer' })],
  ['no class, but a model type that has one', ALIGN, ({ config }) => Reflect.deleteProperty(config, 'tokenizer_class')],
  [
    'a truncation',
    CLIP,
    ({ json }) => Object.assign(json, { truncation: { direction: 'Right', max_length: 5, strategy: 'LongestFirst', stride: 0 } }),
  ],
  ['another number of a token', CHINESE_CLIP_TINY, ({ json }) => Object.assign(json.added_tokens[1], { id: 7 })],
  [
    'a map of special tokens where the configuration has a decoder',
    CLIP,
    (files) => {
      files.specialTokensMap = { pad_token: 'photo</w>', mask_token: 'cat</w>' };
      files.config.added_tokens_decoder = {};
    },
  ],
])('%s: the ids stay as they are, as in transformers', (_, folder, change) => {
  const [plain, changed] = [tokenizerOf(folder, () => {}), tokenizerOf(folder, change)];
  for (const text of TEXTS) expect(changed.tokenize(text).ids, text).toEqual(plain.tokenize(text).ids);
});

describe('tokens that other files name are cut out, as in transformers', () => {
  const decoder = { 7: { content: 'cat', lstrip: false, rstrip: false, normalized: true, single_word: false, special: false } };
  test.each<[string, Partial<Files> | ((files: Files) => void)]>([
    ['extra_special_tokens', ({ config }) => Object.assign(config, { extra_special_tokens: { animal: 'cat' } })],
    ['added_tokens_decoder', ({ config }) => Object.assign(config, { added_tokens_decoder: decoder })],
    ['special_tokens_map.json', { specialTokensMap: { mask_token: 'cat' } }],
    ['a list in special_tokens_map.json', { specialTokensMap: { additional_special_tokens: ['cat'] } }],
    ['added_tokens.json', { addedTokens: { cat: 55 } }],
  ])('%s', (_, change) => {
    const made = tokenizerOf(METACLIP_2, typeof change === 'function' ? change : (files) => Object.assign(files, change));
    expect(made.tokenize('a photo of a cat.').ids).toEqual([0, 4, 6, 22, 4, 9, 13, 4, 6, 55, 4, 3, 2]);
  });

  test('special_tokens_map.json says which tokens stand around a text, whatever tokenizer_config.json says', () => {
    const made = tokenizerOf(ALIGN, (files) => Object.assign(files, { specialTokensMap: { cls_token: 'photo' } }));
    const plain = tokenizerOf(ALIGN, () => {});
    expect(made.tokenize('cat').ids).toEqual([made.tokenize('photo').ids[1], ...plain.tokenize('cat').ids.slice(1)]);
  });

  test('a token that the vocabulary lacks gets the next number, and a text with it is refused where the model has no such row', () => {
    const added = (files: Files) => Object.assign(files, { addedTokens: { zebra: 900 } });
    expect(() => tokenizerOf(METACLIP_2, added).tokenize('a zebra')).toThrow(/"a zebra" has a token that was added .* "vocab_size" 60/);
    expect(tokenizerOf(METACLIP_2, added).tokenize('a cat').ids).toEqual(tokenizerOf(METACLIP_2, () => {}).tokenize('a cat').ids);
    const widened = tokenizerOf(SIGLIP_TINY, added);
    expect(widened.tokensOf([49])).toEqual(['zebra']);
  });
});

test.each<[string, string, (files: Files) => void, RegExp]>([
  [
    'a vocabulary of another kind',
    ALIGN,
    ({ config }) => Object.assign(config, { tokenizer_class: 'XLMRobertaTokenizer' }),
    /expects a Unigram vocabulary/,
  ],
  ['an end that is taken away', CLIP, ({ config }) => Object.assign(config, { eos_token: null }), /expected the "eos_token"/],
  ['a token without a type', CLIP, ({ config }) => Object.assign(config, { eos_token: { content: 'a' } }), /"eos_token" has no "__type"/],
  ['a switch that is none', ALIGN, ({ config }) => Object.assign(config, { do_lower_case: null }), /"do_lower_case" to be true or false/],
  [
    'an added token that is whole words only',
    CLIP,
    ({ json }) => Object.assign(json.added_tokens[0], { single_word: true }),
    /"single_word" \(true\)/,
  ],
  [
    'a list that is none',
    CLIP,
    (files) => Object.assign(files, { specialTokensMap: { extra_special_tokens: 'x' } }),
    /special_tokens_map\.json/,
  ],
  ['a number that is none', CLIP, (files) => Object.assign(files, { addedTokens: { x: 'y' } }), /added_tokens\.json/],
  [
    'ends under other numbers',
    SIGLIP_TINY,
    ({ json }) => Object.assign(json.post_processor.special_tokens['</s>'], { ids: [7] }),
    /another number/,
  ],
  [
    'ends that are none',
    SIGLIP_TINY,
    ({ json }) => Object.assign(json.post_processor, { single: [{ Sequence: {} }] }),
    /something else than tokens/,
  ],
  ['an unknown token that is none', CHINESE_CLIP_TINY, ({ json }) => Object.assign(json.model, { unk_token: 'zzz' }), /lacks "zzz"/],
  [
    'spaces that WordPiece would have to be cut at',
    CHINESE_CLIP_TINY,
    ({ json }) => Object.assign(json, { pre_tokenizer: { ...METASPACE, prepend_scheme: 'never' } }),
    /Metaspace with WordPiece/,
  ],
])('%s: refused by name', (_, folder, change, message) => {
  tokenizerOf(folder, () => {});
  expect(() => tokenizerOf(folder, change)).toThrow(message);
});

test('an export of Immich follows its tokenizer.json: it is read by another library, whatever class it names', () => {
  const change = ({ json }: Files) =>
    Object.assign(json, { normalizer: { type: 'NFKC' }, truncation: { direction: 'Right', max_length: 5 } });
  const folded = tokenizerOf(METACLIP_2, change, 'immich');
  expect(folded.tokenize('ﬁn').ids).toEqual(folded.tokenize('fin').ids);
  expect(folded.rules.maxLength).toBe(5);
  expect(tokenizerOf(METACLIP_2, change).rules.maxLength).toBe(77);
});

test.each([
  ['clip', undefined, 'CLIP'],
  ['clip', 'PreTrainedTokenizerFast', 'file'],
  ['clip', 'BertTokenizerFast', 'Bert'],
  ['siglip', 'GemmaTokenizerFast', 'Gemma'],
  ['siglip2', 'GemmaTokenizer', 'Siglip2'],
  ['altclip', undefined, 'file'],
  ['open_clip', 'DistilBertTokenizer', 'Bert'],
  ['clip', 'LlamaTokenizer', 'unknown'],
  ['clip', 'Nonsense', 'file'],
])('the model type %s with the class %s is read by: %s', (modelType, name, expected) => {
  expect(chooseTokenizerClass({ modelType, tokenizerConfig: { tokenizer_class: name } })).toBe(expected);
});

test('a class that labelwise does not know is named, since its results may be other ones', () => {
  const config = { tokenizer_class: 'LlamaTokenizer' };
  expect(describeUnknownClass('m', chooseTokenizerClass({ tokenizerConfig: config }), config)).toMatch(
    /"LlamaTokenizer" of m and follows tokenizer\.json/,
  );
  expect(describeUnknownClass('m', 'file', config)).toBeUndefined();
});
