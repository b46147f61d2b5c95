import { Tokenizer } from '@huggingface/tokenizers';
import type { Cleaning } from '../../checkpoints/families.js';
import { readTextRules, type TextRuleSources, type TextRules } from '../../checkpoints/text-rules.js';
import type { TokenFiles } from '../../checkpoints/token-files.js';
import { chooseTokenizerClass, type TokenizerClass } from '../../checkpoints/tokenizer-class.js';
import { LabelwiseError, messageOf } from '../../errors.js';
import { correctSteps } from './correct-steps.js';
import { type FollowOptions, followTransformers } from './python/follow-transformers.js';
import { runSiglipSteps } from './python/siglip-steps.js';
import { lowerCase } from './python-steps.js';
import { refuseLeftPadding, refuseOddOptions } from './refuse-odd-options.js';
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

/** OpenCLIP's own tokenizer and Immich read no file but tokenizer.json, except for lengths and padding. */
const TOKENIZER_JSON_ALONE: readonly Cleaning[] = ['lower', 'immich', 'immich-canonical'];

/** The parsed files that a tokenizer is made from, and the class of transformers that would read them: by default the one that they name. */
export interface TokenizerSources
  extends Omit<TextRuleSources, 'tokenToId'>,
    Omit<TokenFiles, 'tokenizerConfig'>,
    Omit<Partial<FollowOptions>, 'tokenizerClass'> {
  readonly clean?: (text: string) => string;
}

/** Creates a tokenizer from the parsed tokenizer.json and the files beside it. @throws LabelwiseError `CHECKPOINT_DAMAGED` or `CHECKPOINT_UNSUPPORTED` */
export function createTextTokenizer(sources: TokenizerSources): TextTokenizer {
  const { cleaning } = sources.family;
  const followsFiles = cleaning === undefined || !TOKENIZER_JSON_ALONE.includes(cleaning);
  const tokenizerClass: TokenizerClass = followsFiles ? (sources.tokenizerClass ?? chooseTokenizerClass(sources)) : 'file';
  if (followsFiles) refuseOddOptions(sources.tokenizerConfig);
  const { json, named } = followTransformers(sources.tokenizer, followsFiles ? sources : {}, { ...sources, tokenizerClass });
  refuseUnknownTokenizer(json);
  const tokenizer = orDamaged(() => correctSteps(new Tokenizer(json as object, { clean_up_tokenization_spaces: false })));
  refuseHiddenTokens(tokenizer);
  const cleansBySection = tokenizerClass === 'Siglip' && sources.isConverted === true;
  if (cleansBySection) runSiglipSteps(tokenizer, sources.clean ?? String, named.get('eos_token')?.content);
  const tokenToId = (token: string): number | undefined => tokenizer.token_to_id(token);
  const names = [...named].map(([name, token]) => [name, token?.content ?? null]);
  const tokenizerConfig = followsFiles
    ? { ...(sources.tokenizerConfig as object | undefined), ...Object.fromEntries(names) }
    : sources.tokenizerConfig;
  const rules = readTextRules({ ...sources, tokenizerConfig, tokenToId, tokenizerClass: followsFiles ? tokenizerClass : undefined });
  if (cleaning === undefined) refuseLeftPadding(rules);
  const lowers = rules.isLowercase && tokenizerClass !== 'Siglip2'; // which sees to it after it has cut out its special tokens
  const cleanOf = (!cleansBySection && sources.clean) || ((text: string) => text);
  const clean = (text: string): string => (lowers ? lowerCase(cleanOf(text)) : cleanOf(text));
  return {
    rules,
    unknownWordsOf: (text) => orDamaged(() => findUnknownWords(tokenizer, clean(text))),
    tokenize: (text) =>
      orDamaged(() => {
        if (rules.clips) return wrapForClips(tokenizer, clean(text), rules, rules.clips);
        const { ids, cutTokens } = truncate(tokenizer, clean(text), rules);
        return { ids: rules.zeroedTokenId === undefined ? ids : ids.map((id) => (id === rules.zeroedTokenId ? 0 : id)), cutTokens };
      }),
    tokensOf: (ids) => ids.map((id) => tokenizer.id_to_token(id) ?? ''),
    decode: (ids) =>
      ids.length === 0 ? '' : tokenizer.decode([...ids], { skip_special_tokens: false, clean_up_tokenization_spaces: false }),
  };
}

/**
 * Refuses a token that is looked for in normalised text where its normalised form is another word of the vocabulary: the library gives that word the token's id.
 */
function refuseHiddenTokens({ normalizer, model, added_tokens: added }: Tokenizer): void {
  const idOf = (token: string): number | undefined => (model as { tokens_to_ids: Map<string, number> }).tokens_to_ids.get(token);
  for (const { content, normalized, id } of added) {
    const form = normalized && normalizer ? (normalizer as unknown as (text: string) => string)(content) : content;
    if (form === content || (idOf(form) ?? id) === id) continue;
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `labelwise does not support the added token "${content}": normalised it is "${form}", another token.`,
      {
        hint: 'Compare the files of the tokenizer with those in the repository on the hub.',
      },
    );
  }
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
function truncate(tokenizer: Tokenizer, text: string, { maxLength, vocabularySize }: TextRules): TokenizedText {
  const ids: number[] = tokenizer.encode(text).ids;
  if (!ids.every(Number.isInteger)) throw damaged(`it has no id for a token of "${text}"`);
  if (vocabularySize !== undefined && ids.some((id) => id >= vocabularySize))
    throw damaged(
      `"${text}" has a token that was added to it and that the model does not have (config.json: "vocab_size" ${vocabularySize})`,
    );
  if (ids.length <= maxLength) return { ids, cutTokens: 0 };
  const bare: number[] = tokenizer.encode(text, { add_special_tokens: false }).ids;
  const added = ids.length - bare.length;
  let before = 0;
  while (before < added && !bare.every((id, i) => ids[before + i] === id)) before++;
  const kept = bare.slice(0, Math.max(0, maxLength - added));
  return { ids: [...ids.slice(0, before), ...kept, ...ids.slice(before + bare.length)], cutTokens: bare.length - kept.length };
}
