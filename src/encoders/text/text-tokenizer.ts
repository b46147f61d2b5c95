import { Tokenizer } from '@huggingface/tokenizers';
import { readTextRules, type TextRuleSources, type TextRules } from '../../checkpoints/text-rules.js';
import { LabelwiseError, messageOf } from '../../errors.js';

/** A prompt as the encoder gets it. */
export interface TokenizedText {
  /** Token ids, start and end included, no padding. [tokens] */
  readonly ids: readonly number[];
  /** How many tokens of the text did not fit. */
  readonly cutTokens: number;
}

/** Texts to token ids and back, by the checkpoint's own rules. */
export interface TextTokenizer {
  readonly rules: TextRules;
  tokenize(text: string): TokenizedText;
  /** The tokens' own spelling, for example `cat</w>`. */
  tokensOf(ids: readonly number[]): string[];
  /** The text of the ids, special tokens included: what Python's tokenizer.decode gives. */
  decode(ids: readonly number[]): string;
}

/** Makes a tokenizer from the parsed tokenizer.json and tokenizer_config.json. @throws LabelwiseError `CHECKPOINT_DAMAGED` */
export function createTextTokenizer(sources: Omit<TextRuleSources, 'tokenToId'>): TextTokenizer {
  const config = { ...(sources.tokenizerConfig as object | undefined), clean_up_tokenization_spaces: false };
  const tokenizer = orDamaged(() => new Tokenizer(sources.tokenizer as object, config));
  const rules = readTextRules({ ...sources, tokenToId: (token) => tokenizer.token_to_id(token) });
  return {
    rules,
    tokenize: (text) =>
      orDamaged(() => {
        const clean = rules.collapsesWhitespace ? text.replace(/\s+/gu, ' ').trim() : text;
        const { ids, cutTokens } = truncate(tokenizer, rules.isLowercase ? lowerCase(clean) : clean, rules.maxLength);
        return { ids: rules.zeroedTokenId === undefined ? ids : ids.map((id) => (id === rules.zeroedTokenId ? 0 : id)), cutTokens };
      }),
    tokensOf: (ids) => ids.map((id) => tokenizer.id_to_token(id) ?? ''),
    decode: (ids) =>
      ids.length === 0 ? '' : tokenizer.decode([...ids], { skip_special_tokens: false, clean_up_tokenization_spaces: false }),
  };
}

/** Character by character, as Rust's tokenizers do it: a capital sigma becomes the same small one at the end of a word as within. */
export const lowerCase = (text: string): string => Array.from(text, (character) => character.toLowerCase()).join('');

/** What the library throws of a tokenizer.json that it cannot follow, in our words. */
function orDamaged<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof LabelwiseError) throw cause;
    throw new LabelwiseError('CHECKPOINT_DAMAGED', `tokenizer.json is no tokenizer that can be followed: ${messageOf(cause)}.`, {
      hint: 'Compare the file with the one in the repository on the hub, or download it again: labelwise models pull NAME.',
      cause,
    });
  }
}

/** Cuts the text's own tokens and keeps the special ones at both ends, as Python's tokenizers do. */
function truncate(tokenizer: Tokenizer, text: string, maxLength: number): TokenizedText {
  const ids: number[] = tokenizer.encode(text).ids;
  if (!ids.every(Number.isInteger)) throw new Error(`it has no id for a token of "${text}"`);
  if (ids.length <= maxLength) return { ids, cutTokens: 0 };
  const bare: number[] = tokenizer.encode(text, { add_special_tokens: false }).ids;
  const added = ids.length - bare.length;
  let before = 0;
  while (before < added && !bare.every((id, i) => ids[before + i] === id)) before++;
  const kept = bare.slice(0, Math.max(0, maxLength - added));
  return { ids: [...ids.slice(0, before), ...kept, ...ids.slice(before + bare.length)], cutTokens: bare.length - kept.length };
}
