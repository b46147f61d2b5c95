import { readCharsmap } from './charsmap.js';

/** Character by character, as Rust's tokenizers do it: a capital sigma becomes the same small one at the end of a word as within. */
export const lowerCase = (text: string): string => Array.from(text, (character) => character.toLowerCase()).join('');

type Config = Readonly<Record<string, unknown>>;
type Step = (text: string) => string;
type Cut = (text: string) => string[];

/** Normalisers in which the tokenizer library gives something else than Python's tokenizers, done as those do. */
export const NORMALIZE: Readonly<Record<string, (config: Config) => Step>> = {
  Lowercase: () => lowerCase,
  BertNormalizer: normalizeForBert,
  Precompiled: ({ precompiled_charsmap: map }) => readCharsmap(String(map)),
  Strip: ({ strip_left: left, strip_right: right }) => {
    const ends = [left ? '^\\p{White_Space}+' : '', right ? '\\p{White_Space}+$' : ''].filter(Boolean).join('|');
    const pattern = ends && new RegExp(ends, 'gu');
    return (text) => (pattern ? text.replace(pattern, '') : text);
  },
};

/** The same for what cuts a text into words. */
export const PRE_TOKENIZE: Readonly<Record<string, (config: Config) => Cut>> = {
  Whitespace: () =>
    matches(/[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu),
  WhitespaceSplit: () => matches(/[^\p{White_Space}]+/gu),
  Punctuation: () => matches(/[\p{P}!-/:-@[-`{-~]|[^\p{P}!-/:-@[-`{-~]+/gu),
  Digits: ({ individual_digits: isEach }) => matches(isEach ? /\p{N}|\P{N}+/gu : /\p{N}+|\P{N}+/gu),
};

const matches =
  (pattern: RegExp): Cut =>
  (text) =>
    text.match(pattern) ?? [];

/** Control characters go, other white space becomes a space. */
const CONTROL = /\uFFFD|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}]/gu;
const CHINESE =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;

function normalizeForBert(config: Config): Step {
  const { clean_text: cleans, handle_chinese_chars: spaces, lowercase: lowers, strip_accents: strips = null } = config;
  return (text) => {
    let made = text;
    if (cleans) made = made.replace(CONTROL, '').replace(/\p{White_Space}/gu, ' ');
    if (spaces) made = made.replace(CHINESE, ' $& ');
    if (strips ?? lowers) made = made.normalize('NFD').replace(/\p{Mn}/gu, '');
    return lowers ? lowerCase(made) : made;
  };
}
