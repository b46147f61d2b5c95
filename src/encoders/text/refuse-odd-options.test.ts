import { expect, test } from 'vitest';
import { toTextFeeds } from '../onnx/feeds.js';
import type { Signature } from '../onnx/signature.js';
import { createTextTokenizer } from './text-tokenizer.js';

const CLIP = {
  model: {
    type: 'BPE',
    unk_token: '<e>',
    end_of_word_suffix: '</w>',
    vocab: { '!': 0, 'a</w>': 1, '!</w>': 2, '<s>': 3, '<e>': 4, a: 5 },
    merges: [],
  },
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'WhitespaceSplit' },
  post_processor: { type: 'RobertaProcessing', cls: ['<s>', 3], sep: ['<e>', 4], trim_offsets: false, add_prefix_space: false },
  decoder: null,
  added_tokens: [3, 4].map((id) => ({
    id,
    content: id === 3 ? '<s>' : '<e>',
    special: true,
    normalized: false,
    lstrip: false,
    rstrip: false,
    single_word: false,
  })),
};
const CONFIG = { tokenizer_class: 'CLIPTokenizer', bos_token: '<s>', eos_token: '<e>', pad_token: '<e>' };
const open = (config: object = {}, json: object = {}, family: object = {}) =>
  createTextTokenizer({
    tokenizer: { ...CLIP, ...json },
    tokenizerConfig: { ...CONFIG, ...config },
    textConfig: {},
    family: { padding: 'longest', ...family },
  });

test('a text is cut at a special token that tokenizer_config.json alone names, as in transformers', () => {
  expect(open().tokenize('a!').ids).toEqual([3, 1, 2, 4]);
  expect(open({ pad_token: '!' }).tokenize('a!').ids).toEqual([3, 1, 0, 4]);
  expect(open({ extra_special_tokens: ['!', 'not in the vocabulary'] }).tokenize('a!').ids).toEqual([3, 1, 0, 4]);
});

test("OpenCLIP's own tokenizer reads no tokenizer_config.json", () => {
  expect(open({ pad_token: '!', truncation_side: 'left' }, {}, { cleaning: 'lower' }).tokenize('a!').ids).toEqual([3, 5, 2, 4]);
});

test.each([
  ['truncation_side', { truncation_side: 'left' }, /tokenizer_config\.json: .*"truncation_side" \("left"\)/],
  ['split_special_tokens', { split_special_tokens: true }, /"split_special_tokens" \(true\)/],
  ['padding_side', { padding_side: 'left' }, /"padding_side" \("left"\)/],
])('an option of tokenizer_config.json that is not followed is refused by name: %s', (_, config, message) => {
  expect(() => open({ truncation_side: 'right', split_special_tokens: false })).not.toThrow();
  expect(() => open(config)).toThrow(message);
});

test('the class puts its tokens around a text, whatever tokenizer.json says', () => {
  expect(open({}, { post_processor: null }).tokenize('a').ids).toEqual([3, 1, 4]);
  expect(open({ eos_token: 'a' }).tokenize('!').ids).toEqual([3, 2, 5]);
  expect(open({ tokenizer_class: 'PreTrainedTokenizerFast' }, { post_processor: null }).tokenize('a').ids).toEqual([1]);
});

test('the padding in tokenizer.json says the side where tokenizer_config.json is silent', () => {
  const padding = { strategy: { Fixed: 64 }, direction: 'Left', pad_id: 4 };
  expect(open({}, { padding }, { padding: 'max' }).rules.paddingSide).toBe('left');
  expect(open({ padding_side: 'right' }, { padding }, { padding: 'max' }).rules.paddingSide).toBe('right');
  const gemma = { model: { ...CLIP.model, vocab: { ...CLIP.model.vocab, '<unk>': 6 } } };
  expect(
    open({ tokenizer_class: 'GemmaTokenizer' }, { ...gemma, padding: { ...padding, direction: 'Right' } }, { padding: 'max' }).rules
      .paddingSide,
  ).toBe('right');
});

test('texts shorter than a tower of fixed length always takes are refused, where padding counts', () => {
  const { rules } = open({ model_max_length: 8 }, {}, { padding: 'max' });
  const signature = { types: {}, fixedTextLength: 64 } as Signature;
  expect(() => toTextFeeds([[1]], rules, signature)).toThrow(/Expected texts padded to 64 tokens.*got 8 by model_max_length/);
  expect(() => toTextFeeds([[1]], { ...rules, padding: 'longest' }, signature)).not.toThrow();
});
