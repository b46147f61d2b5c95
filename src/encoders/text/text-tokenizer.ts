import { Tokenizer } from '@huggingface/tokenizers';
import type { Cleaning } from '../../checkpoints/families.js';
import { readTextRules, type TextRuleSources, type TextRules } from '../../checkpoints/text-rules.js';
import { LabelwiseError, messageOf } from '../../errors.js';
import { correctSteps, followBertSettings, followXlmRoberta } from './correct-steps.js';
import { lowerCase } from './python-steps.js';
import { addSpecialTokens, refuseLeftPadding, refuseOddOptions, refuseOtherEnds } from './special-tokens-of-config.js';
import { refuseOtherSteps } from './steps-of-class.js';
import { damaged, refuseUnknownTokenizer } from './tokenizer-fields.js';

/** A prompt as the encoder receives it. */
export interface TokenizedText {
  /** Token ids with start and end tokens, without padding. [tokens] */
  readonly ids: readonly number[];
  /** The number of tokens that did not fit. */
  readonly cutTokens: number;
}

/** Converts texts to token ids and back, by the checkpoint's own rules. */
export interface TextTokenizer {
  readonly rules: TextRules;
  tokenize(text: string): TokenizedText;
  /** The words that are not in the vocabulary. The model reads each of them as the same unknown token. */
  unknownWordsOf(text: string): string[];
  /** The tokens' own spelling, for example `cat</w>`. */
  tokensOf(ids: readonly number[]): string[];
  /** The text of the ids with special tokens, as Python's tokenizer.decode returns it. */
  decode(ids: readonly number[]): string;
}

/** OpenCLIP's own tokenizer and Immich read no tokenizer_config.json but for lengths and padding. */
const WITHOUT_CONFIG: readonly Cleaning[] = ['lower', 'immich', 'immich-canonical'];

/** Creates a tokenizer from the parsed tokenizer.json and tokenizer_config.json. @throws LabelwiseError `CHECKPOINT_DAMAGED` */
export function createTextTokenizer(
  sources: Omit<TextRuleSources, 'tokenToId'> & { readonly clean?: (text: string) => string },
): TextTokenizer {
  const config = { ...(sources.tokenizerConfig as object | undefined), clean_up_tokenization_spaces: false };
  const { cleaning } = sources.family;
  const followsConfig = cleaning === undefined || !WITHOUT_CONFIG.includes(cleaning);
  if (followsConfig) refuseOddOptions(sources.tokenizerConfig);
  const own = followBertSettings(sources.tokenizer, sources.tokenizerConfig);
  refuseUnknownTokenizer(own);
  if (followsConfig) refuseOtherSteps(own, sources.tokenizerConfig);
  const json = followsConfig ? addSpecialTokens(followXlmRoberta(own, sources.tokenizerConfig), sources.tokenizerConfig) : own;
  const tokenizer = orDamaged(() => correctSteps(new Tokenizer(json as object, config)));
  const tokenToId = (token: string): number | undefined => tokenizer.token_to_id(token);
  const rules = readTextRules({ ...sources, tokenToId });
  if (cleaning === undefined) refuseLeftPadding(rules);
  if (followsConfig) orDamaged(() => refuseOtherEnds(tokenizer.encode('').ids, sources.tokenizerConfig, tokenToId));
  const { clean: cleanOf = (text: string) => text } = sources;
  const clean = (text: string): string => (rules.isLowercase ? lowerCase(cleanOf(text)) : cleanOf(text));
  return {
    rules,
    unknownWordsOf: (text) => orDamaged(() => findUnknownWords(tokenizer, clean(text))),
    tokenize: (text) =>
      orDamaged(() => {
        if (rules.clips) return wrapForClips(tokenizer, clean(text), rules, rules.clips);
        const { ids, cutTokens } = truncate(tokenizer, clean(text), rules.maxLength);
        return { ids: rules.zeroedTokenId === undefined ? ids : ids.map((id) => (id === rules.zeroedTokenId ? 0 : id)), cutTokens };
      }),
    tokensOf: (ids) => ids.map((id) => tokenizer.id_to_token(id) ?? ''),
    decode: (ids) =>
      ids.length === 0 ? '' : tokenizer.decode([...ids], { skip_special_tokens: false, clean_up_tokenization_spaces: false }),
  };
}

/** What the library throws of a tokenizer.json that it cannot follow, as a sentence. */
function orDamaged<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof LabelwiseError) throw cause;
    throw damaged(`the tokenizer library cannot follow it (${messageOf(cause)})`, cause);
  }
}

const WORDS = /[\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}\s]+/gu;

function findUnknownWords(tokenizer: Tokenizer, text: string): string[] {
  const { unk_token_id: unknown } = tokenizer.model as { unk_token_id?: number };
  const isUnknown = (part: string): boolean => {
    const ids: number[] = tokenizer.encode(part, { add_special_tokens: false }).ids;
    return ids.length === 0 || ids.some((id) => id === unknown || id === undefined);
  };
  if (text.trim() === '' || !isUnknown(text)) return [];
  const words = (text.match(WORDS) ?? []).filter(isUnknown);
  return words.length > 0 ? words : [text];
}

/** A text as CLIPS was trained on it, always of the full length (open_clip's _clips_tokenize). */
function wrapForClips(
  tokenizer: Tokenizer,
  text: string,
  { maxLength, padTokenId }: TextRules,
  { start, end, last }: NonNullable<TextRules['clips']>,
): TokenizedText {
  const bare: number[] = tokenizer.encode(text, { add_special_tokens: false }).ids;
  const kept = bare.slice(0, maxLength - 3);
  const padding = Array<number>(maxLength - 3 - kept.length).fill(padTokenId);
  return { ids: [start, ...kept, end, ...padding, last], cutTokens: bare.length - kept.length };
}

/** Cuts the text's own tokens and keeps the special ones at both ends, as Python's tokenizers do. */
function truncate(tokenizer: Tokenizer, text: string, maxLength: number): TokenizedText {
  const ids: number[] = tokenizer.encode(text).ids;
  if (!ids.every(Number.isInteger)) throw damaged(`it has no id for a token of "${text}"`);
  if (ids.length <= maxLength) return { ids, cutTokens: 0 };
  const bare: number[] = tokenizer.encode(text, { add_special_tokens: false }).ids;
  const added = ids.length - bare.length;
  let before = 0;
  while (before < added && !bare.every((id, i) => ids[before + i] === id)) before++;
  const kept = bare.slice(0, Math.max(0, maxLength - added));
  return { ids: [...ids.slice(0, before), ...kept, ...ids.slice(before + bare.length)], cutTokens: bare.length - kept.length };
}
