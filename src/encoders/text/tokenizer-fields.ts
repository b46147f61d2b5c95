import { LabelwiseError } from '../../errors.js';
import { type FieldRules, refuseUnknownFields } from '../../files/field-rules.js';
import type { Part } from './python/added-token.js';

interface PartRules extends FieldRules {
  readonly read: readonly string[];
}

const reads = (...read: string[]): PartRules => ({ read: ['type', ...read], harmless: {}, off: {} });

/** What is followed of each kind of normaliser in tokenizer.json; a kind that is not here is refused. */
export const NORMALIZERS: Readonly<Record<string, PartRules>> = {
  ...{
    NFC: reads(),
    NFD: reads(),
    NFKC: reads(),
    NFKD: reads(),
    Lowercase: reads(),
    StripAccents: reads(),
    Sequence: reads('normalizers'),
  },
  ...{ Replace: reads('pattern', 'content'), Prepend: reads('prepend'), Strip: reads('strip_left', 'strip_right') },
  BertNormalizer: reads('clean_text', 'handle_chinese_chars', 'strip_accents', 'lowercase'),
  Precompiled: reads('precompiled_charsmap'),
};

/** The same for what cuts a text into words. */
export const PRE_TOKENIZERS: Readonly<Record<string, PartRules>> = {
  ...{
    BertPreTokenizer: reads(),
    Whitespace: reads(),
    WhitespaceSplit: reads(),
    Sequence: reads('pretokenizers'),
    FixedLength: reads('length'),
  },
  ...{ Digits: reads('individual_digits') },
  ByteLevel: { ...reads('add_prefix_space', 'use_regex'), harmless: { 'places in the text, which are not used': ['trim_offsets'] } },
  Metaspace: {
    ...reads('replacement'),
    harmless: { 'no vocabulary of ours has a token with a space inside': ['split'], 'the same as replacement': ['str_rep'] },
    off: { add_prefix_space: [true], prepend_scheme: ['always', 'first', 'never'] },
  },
  Punctuation: { ...reads(), off: { behavior: ['Isolated'] } },
  Split: reads('pattern', 'behavior', 'invert'),
};

const MODELS: Readonly<Record<string, PartRules>> = {
  BPE: {
    ...reads('vocab', 'merges', 'unk_token', 'end_of_word_suffix', 'fuse_unk', 'byte_fallback', 'ignore_merges'),
    off: { dropout: [0], continuing_subword_prefix: [''] },
  },
  WordPiece: reads('vocab', 'unk_token', 'continuing_subword_prefix', 'max_input_chars_per_word'),
  WordLevel: reads('vocab', 'unk_token'),
  Unigram: { ...reads('vocab', 'unk_id'), off: { byte_fallback: [false] } },
};

/**
 * Refuses a tokenizer.json that the tokenizer library would follow in part: it ignores fields that it does not know.
 *
 * @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` with the field, `CHECKPOINT_DAMAGED` where it holds no vocabulary
 */
export function refuseUnknownTokenizer(json: unknown): void {
  if (!isPart(json) || Array.isArray(json)) throw damaged('it is not a JSON object');
  const { normalizer, pre_tokenizer: cutter, model, truncation, added_tokens: added } = json as Part;
  for (const part of partsOf(normalizer, 'normalizers')) check(part, NORMALIZERS, 'normalizer');
  for (const part of partsOf(cutter, 'pretokenizers')) {
    check(part, PRE_TOKENIZERS, 'pre_tokenizer');
    if (part.type === 'Split') refuseOddSplit(part, normalizer);
    if (part.type === 'Metaspace' && Array.from(String(part.replacement ?? '▁')).length !== 1)
      throw damaged('the "replacement" of its pre_tokenizer Metaspace is not one character');
    if (part.type === 'Metaspace' && part.prepend_scheme === 'first') refuseOddFirst(cutter, normalizer);
  }
  if (!isPart(model)) throw damaged('it has no "model"');
  if (typeof model.type === 'string') check(model, MODELS, 'model');
  for (const flag of ['fuse_unk', 'byte_fallback', 'ignore_merges'])
    if (typeof (model[flag] ?? false) !== 'boolean') throw damaged(`"${flag}" of its model is not true or false`);
  if (!isPart(model.vocab)) throw damaged('its model has no vocabulary');
  if (typeof (model.max_input_chars_per_word ?? 0) !== 'number') throw damaged('"max_input_chars_per_word" of its model is not a number');
  const ids = Array.isArray(model.vocab) ? model.vocab.map((entry, id) => (Array.isArray(entry) ? id : entry)) : Object.values(model.vocab);
  if (ids.length === 0) throw damaged('it has an empty vocabulary');
  if (
    !cutsBytes(cutter) &&
    typeof model.unk_token === 'string' &&
    !Array.isArray(model.vocab) &&
    !Object.hasOwn(model.vocab, model.unk_token)
  )
    throw damaged(`its vocabulary lacks "${model.unk_token}", its token for what it does not know`);
  if (model.type === 'BPE' && model.unk_token == null && model.byte_fallback !== true && !cutsBytes(cutter))
    throw damaged('its model has no "unk_token" for characters that it does not know');
  if (/^Word/.test(String(model.type)) && partsOf(cutter, 'pretokenizers').some(({ type }) => type === 'Metaspace'))
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `tokenizer.json: labelwise does not support the pre_tokenizer Metaspace with ${String(model.type)}.`,
    );
  if (model.type === 'Unigram' && Number.isInteger(model.unk_id)) refuseOddUnknown(model, added);
  if (!ids.every(Number.isInteger)) throw damaged('its vocabulary has an entry that is not a token with a number');
  if (isPart(truncation))
    refuseUnknownFields(
      { direction: truncation.direction },
      [],
      { harmless: {}, off: { direction: ['Right'] } },
      'tokenizer.json: truncation',
    );
  const words = { harmless: {}, off: { single_word: [false] } };
  for (const token of Array.isArray(added) ? added : [])
    if (isPart(token)) refuseUnknownFields({ single_word: token.single_word }, [], words, `tokenizer.json: added_tokens: ${token.content}`);
  refuseOtherNumbers(model.vocab, added);
  refuseOtherEnds((json as Part).post_processor, added, model.vocab);
}

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null;

/** A part with those inside it, where it is a sequence. */
export function partsOf(part: unknown, inside: 'normalizers' | 'pretokenizers'): Part[] {
  if (!isPart(part)) return [];
  const children = part[inside];
  return [part, ...(Array.isArray(children) ? children.flatMap((child) => partsOf(child, inside)) : [])];
}

const cutsBytes = (cutter: unknown): boolean => partsOf(cutter, 'pretokenizers').some(({ type }) => type === 'ByteLevel');

function check(part: Part, known: Readonly<Record<string, PartRules>>, where: string): void {
  const type = String(part.type);
  const rules = Object.hasOwn(known, type) ? known[type] : undefined;
  if (!rules)
    throw new LabelwiseError('CHECKPOINT_UNSUPPORTED', `tokenizer.json: labelwise does not support the ${where} "${type}".`, {
      hint: `It supports ${Object.keys(known).join(', ')}.`,
    });
  const { String: text, Regex: pattern } = (part.pattern ?? {}) as Part;
  if (rules.read.includes('pattern') && typeof text !== 'string' && typeof pattern !== 'string')
    throw damaged(`its ${where} ${type} has no pattern`);
  refuseUnknownFields(part, rules.read, rules, `tokenizer.json: ${where} ${type}`);
}

/** A token that is added under another number than it has, or under that of another: the library would follow the one, transformers the other. */
function refuseOtherNumbers(vocab: unknown, added: unknown): void {
  const known = new Map(numbersIn(vocab));
  const owners = new Map([...known].map(([token, id]) => [id, token]));
  for (const { id, content } of (Array.isArray(added) ? added : []) as Part[]) {
    const [number, owner] = [known.get(content), owners.get(id)];
    if ((number ?? id) !== id || (owner ?? content) !== content)
      throw damaged(`the vocabulary contradicts the added token "${String(content)}" with the number ${String(id)}`);
  }
}

const numbersIn = (vocab: unknown): [unknown, unknown][] =>
  Array.isArray(vocab)
    ? vocab.map((entry, id) => (Array.isArray(entry) ? [entry[0], id] : [undefined, undefined]))
    : Object.entries(vocab as Part);

/** Python's tokenizers tell a word that is also the unknown token from what they do not know; the library does not. */
function refuseOddUnknown({ vocab, unk_id }: Part, added: unknown): void {
  const [piece] = ((vocab as unknown[])[unk_id as number] ?? []) as unknown[];
  const isSpecial = Array.isArray(added) && (added as Part[]).some(({ content }) => content === piece);
  if (!isSpecial)
    throw damaged(`the token "${String(piece)}" that its model takes for what it does not know is not among its added_tokens`);
}

/** The tokens around a text come with their numbers; the library follows the names alone. */
function refuseOtherEnds(ends: unknown, added: unknown, vocab: unknown): void {
  if (!isPart(ends)) return;
  if (Array.isArray(ends.processors)) for (const part of ends.processors) refuseOtherEnds(part, added, vocab);
  for (const piece of Array.isArray(ends.single) ? (ends.single as Part[]) : []) {
    const { SpecialToken: token, Sequence: text } = (piece ?? {}) as Readonly<Record<string, Part | null | undefined>>;
    if (typeof token?.id !== 'string' && text?.id !== 'A')
      throw damaged('its post_processor puts something else than tokens around a text');
  }
  const stated: (readonly [unknown, unknown])[] = Object.values(isPart(ends.special_tokens) ? ends.special_tokens : {}).map((token) => {
    const { id, ids } = (token ?? {}) as Part;
    return [id, Array.isArray(ids) && ids.length === 1 ? ids[0] : undefined];
  });
  for (const pair of [ends.sep, ends.cls]) if (Array.isArray(pair)) stated.push([pair[0], pair[1]]);
  if (stated.length === 0) return;
  const numbers = new Map(numbersIn(vocab));
  for (const { content, id } of (Array.isArray(added) ? added : []) as Part[]) numbers.set(content, id);
  for (const [name, id] of stated)
    if (numbers.get(name) !== id) throw damaged(`its post_processor gives "${String(name)}" another number than the vocabulary does`);
}

/** A space before the first word alone: Python's tokenizers look for the place 0 of the text, the library for the first part between special tokens. */
function refuseOddFirst(cutter: unknown, normalizer: unknown): void {
  const strips = partsOf(normalizer, 'normalizers').some(({ type }) => type === 'Strip' || type === 'BertNormalizer');
  if (partsOf(cutter, 'pretokenizers').length === 1 && !strips) return;
  throw new LabelwiseError(
    'CHECKPOINT_UNSUPPORTED',
    'tokenizer.json: labelwise does not support the pre_tokenizer Metaspace with "prepend_scheme" ("first") beside other steps.',
  );
}

/** The library knows two ways to split: keep what is between the matches with or without them, or the matches alone. */
function refuseOddSplit({ behavior, invert, pattern }: Part, normalizer: unknown): void {
  const isDone = invert ? behavior === 'Removed' : behavior === 'Isolated' || behavior === 'Removed';
  const hasNoSpaces = partsOf(normalizer, 'normalizers').some(
    (part) => part.type === 'Replace' && JSON.stringify(part.pattern) === '{"String":" "}',
  );
  if (isDone || (hasNoSpaces && JSON.stringify(pattern) === '{"String":" "}')) return; // Gemma's: its spaces are gone by then
  throw new LabelwiseError(
    'CHECKPOINT_UNSUPPORTED',
    `tokenizer.json: labelwise does not support the pre_tokenizer Split with "behavior" (${JSON.stringify(behavior)})${invert ? ' and "invert"' : ''}.`,
  );
}

export function damaged(why: string, cause?: unknown, file = 'tokenizer.json'): LabelwiseError {
  return new LabelwiseError('CHECKPOINT_DAMAGED', `${file} cannot be used: ${why}.`, {
    hint: 'Compare the file with the one in the repository on the hub, or download it again: labelwise models pull NAME.',
    cause,
  });
}
