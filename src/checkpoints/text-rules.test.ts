import { expect, test } from 'vitest';
import { readTextRules } from './text-rules.js';

const sideOf = (tokenizerConfig: object): string =>
  readTextRules({ tokenizer: {}, tokenizerConfig, textConfig: {}, family: { padding: 'max', maxLength: 64 }, tokenToId: () => 0 })
    .paddingSide;

test.each([
  [{ tokenizer_class: 'GemmaTokenizer' }, 'left'],
  [{ tokenizer_class: 'Siglip2TokenizerFast' }, 'left'],
  [{ tokenizer_class: 'Siglip2Tokenizer', padding_side: 'right' }, 'right'],
  [{ tokenizer_class: 'SiglipTokenizer' }, 'right'],
  [{}, 'right'],
])('a tokenizer of %j pads on the %s, as in transformers', (config, side) => {
  expect(sideOf(config)).toBe(side);
});
