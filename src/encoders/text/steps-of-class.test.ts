import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CHINESE_CLIP_TINY, PARITY } from '../../../tests/fixtures/paths.js';
import { type Cleaning, familyOf } from '../../checkpoints/families.js';
import { createTextTokenizer } from './text-tokenizer.js';

interface Files {
  // biome-ignore lint/suspicious/noExplicitAny: a file that is changed at will
  readonly json: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  readonly config: any;
}

/** The tokenizer of a tiny checkpoint, after its files were changed. */
function tokenizerOf(folder: string, change: (files: Files) => void, cleaning?: Cleaning) {
  const read = (file: string) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'));
  const files: Files = { json: read('tokenizer.json'), config: read('tokenizer_config.json') };
  change(files);
  const { model_type: modelType, text_config: textConfig } = read('config.json');
  return createTextTokenizer({
    tokenizer: files.json,
    tokenizerConfig: files.config,
    textConfig,
    family: { ...familyOf(modelType, files.config), ...(cleaning ? { cleaning } : {}) },
  });
}

const ALIGN = `${PARITY}/families/align`;
const METACLIP_2 = `${PARITY}/families/metaclip2`;
const NAFLEX = `${PARITY}/families/naflex`;

test.each<[string, string, (files: Files) => void]>([
  ['a normaliser that BertTokenizer replaces', ALIGN, ({ json }) => Object.assign(json, { normalizer: { type: 'Lowercase' } })],
  ['no pre-tokeniser for BertTokenizer', ALIGN, ({ json }) => Object.assign(json, { pre_tokenizer: null })],
  ['another unknown token than that of BertTokenizer', ALIGN, ({ config }) => Object.assign(config, { unk_token: 'a' })],
  ['other pieces than those of BertTokenizer', ALIGN, ({ json }) => Object.assign(json.model, { continuing_subword_prefix: '@@' })],
  ['no ends for XLMRobertaTokenizer', METACLIP_2, ({ json }) => Object.assign(json, { post_processor: null })],
  ['lower-casing, which XLMRobertaTokenizer drops', METACLIP_2, ({ json }) => Object.assign(json, { normalizer: { type: 'Lowercase' } })],
  ['another unknown token than that of XLMRobertaTokenizer', METACLIP_2, ({ json }) => Object.assign(json.model, { unk_id: 5 })],
  ['words without a space before them', METACLIP_2, ({ config }) => Object.assign(config, { add_prefix_space: false })],
  ['no bytes for Siglip2Tokenizer', NAFLEX, ({ json }) => Object.assign(json.model, { byte_fallback: false })],
  ['words that Siglip2Tokenizer does not cut', NAFLEX, ({ json }) => Object.assign(json, { pre_tokenizer: { type: 'Whitespace' } })],
  [
    'spaces that WordPiece would have to be cut at',
    CHINESE_CLIP_TINY,
    ({ json }) => Object.assign(json, { pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'never' } }),
  ],
  [
    'a word under the number of another',
    CHINESE_CLIP_TINY,
    ({ json }) => json.added_tokens.push({ ...json.added_tokens[0], content: 'x', id: 7 }),
  ],
])('%s: refused, because transformers gives other tokens', (_, folder, change) => {
  tokenizerOf(folder, () => {});
  expect(() => tokenizerOf(folder, change)).toThrow(/^tokenizer\.json/);
});

test('tokens that tokenizer_config.json adds in a list by name or by number are cut out, as transformers does', () => {
  const decoder = { 7: { content: 'cat', lstrip: false, rstrip: false, normalized: true, single_word: false, special: false } };
  for (const added of [{ extra_special_tokens: { animal: 'cat' } }, { added_tokens_decoder: decoder }])
    expect(tokenizerOf(METACLIP_2, ({ config }) => Object.assign(config, added)).tokenize('a photo of a cat.').ids).toEqual([
      ...[0, 4, 6, 22, 4, 9, 13, 4, 6],
      ...[55, 4, 3, 2],
    ]);
});

test('XLMRobertaTokenizer drops NFKC, as transformers does: a ligature stays one letter', () => {
  const plain = tokenizerOf(METACLIP_2, () => {});
  const folded = tokenizerOf(METACLIP_2, ({ json }) => Object.assign(json, { normalizer: { type: 'NFKC' } }));
  expect(folded.tokenize('ﬁn').ids).toEqual(plain.tokenize('ﬁn').ids);
  expect(plain.tokenize('fin').ids).not.toEqual(plain.tokenize('ﬁn').ids);
});

test('an export of Immich follows its tokenizer.json: it is read by another library, whatever class it names', () => {
  const folded = tokenizerOf(METACLIP_2, ({ json }) => Object.assign(json, { normalizer: { type: 'NFKC' } }), 'immich');
  expect(folded.tokenize('ﬁn').ids).toEqual(folded.tokenize('fin').ids);
});

test('XLMRobertaTokenizer splits at white space also where tokenizer.json only marks words, as transformers does', () => {
  const split = tokenizerOf(METACLIP_2, () => {});
  const marked = tokenizerOf(METACLIP_2, ({ json }) =>
    Object.assign(json, { pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true } }),
  );
  for (const text of ['a photo of a cat.', '  two  spaces ', 'tab\tand\nline', ''])
    expect(marked.tokenize(text).ids).toEqual(split.tokenize(text).ids);
});
