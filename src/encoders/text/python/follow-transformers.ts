import type { TokenFiles } from '../../../checkpoints/token-files.js';
import { CLASS_TOKENS, type TokenizerClass } from '../../../checkpoints/tokenizer-class.js';
import { LabelwiseError } from '../../../errors.js';
import { wrapWith } from '../convert/special-tokens.js';
import { damaged } from '../tokenizer-fields.js';
import { type AddedToken, isPart, type Part, toAddedToken } from './added-token.js';
import { CLASS_STEPS, type ClassSteps } from './class-steps.js';
import { type MergedTokens, mergeTokenFiles, sortNames } from './merge-token-files.js';

/** What transformers 5.24 makes of the files: a tokenizer.json that says all of it, and the special tokens by their names. */
export interface FollowedTokenizer {
  readonly json: unknown;
  readonly named: ReadonlyMap<string, AddedToken | null>;
}

export interface FollowOptions {
  readonly tokenizerClass: TokenizerClass;
  /** tokenizer.json was made from other files, so that nothing in it is a choice of its author. */
  readonly isConverted?: boolean | undefined;
}

/**
 * Makes the tokenizer.json that says what transformers' class does: most classes take the vocabulary alone from the file, and build the steps anew
 * (the finding transformers-class-over-tokenizer-json). Tokens that tokenizer_config.json, special_tokens_map.json or added_tokens.json add are cut out.
 *
 * @throws LabelwiseError `CHECKPOINT_DAMAGED` or `CHECKPOINT_UNSUPPORTED`
 */
export function followTransformers(json: unknown, files: TokenFiles, { tokenizerClass, isConverted }: FollowOptions): FollowedTokenizer {
  if (!isPart(json) || !isPart(json.model)) throw damaged('it has no "model"');
  const own = Array.isArray(json.added_tokens) ? (json.added_tokens as unknown[]) : [];
  const merged = mergeTokenFiles(files, isConverted ? undefined : own);
  const config = isPart(files.tokenizerConfig) ? files.tokenizerConfig : {};
  const steps = CLASS_STEPS[tokenizerClass];
  const named = new Map(sortNames(new Map([...defaultTokens(json, tokenizerClass), ...merged.named])));
  const extra = merged.extra ?? (isConverted ? own : (steps?.extra?.(config) ?? [])).flatMap((token) => toAddedToken(token) ?? []);
  const isBuilt = steps !== undefined || isConverted === true;
  const model = steps ? modelOf(json.model, { steps, named, tokenizerClass }) : json.model;
  const added = addTokens(model.vocab, { first: isBuilt ? [] : own, merged: { ...merged, named, extra } });
  const whole = { ...json, model, added_tokens: added };
  const endsOf = (fields: NonNullable<ClassSteps['ends']>): object => {
    const [before, after] = fields.map((field) => {
      const token = field === undefined ? undefined : named.get(field);
      if (!token && field !== undefined && steps?.ends)
        throw unsupported(`expected the "${field}" that ${tokenizerClass}Tokenizer puts around each text`);
      if (tokenizerClass === 'Bert' && token && /\s/.test(token.content))
        throw unsupported(`"${field}" has white space, which BertTokenizer cannot put around a text`);
      return added.filter(({ content }) => content === token?.content).map(({ content, id }): [string, number] => [content, id]);
    });
    return wrapWith(before ?? [], after ?? []);
  };
  if (tokenizerClass === 'Siglip' && isConverted) assertUsualTokens(added, files);
  if (tokenizerClass === 'Siglip' && isConverted) return { json: { ...whole, post_processor: endsOf([undefined, 'eos_token']) }, named };
  const ends = steps?.ends ?? (isConverted ? steps?.endsWithoutFile?.(config) : undefined);
  if (!steps) return { json: whole, named };
  return {
    named,
    json: {
      ...whole,
      normalizer: steps.normalizer(config, charsmapOf(json.normalizer)),
      pre_tokenizer: steps.preTokenizer(config),
      post_processor: ends ? endsOf(ends) : (json.post_processor ?? null),
    },
  };
}

const unsupported = (what: string): LabelwiseError =>
  new LabelwiseError('CHECKPOINT_UNSUPPORTED', `tokenizer_config.json: ${what}.`, {
    hint: 'Compare the files of the tokenizer with those in the repository on the hub.',
  });

/** The tokens that a class has without any file, and the pad_token that the padding in tokenizer.json names. */
function defaultTokens(json: Part, tokenizerClass: TokenizerClass): [string, AddedToken | null][] {
  const strips = tokenizerClass === 'Siglip'; // white space around its tokens
  const padding = isPart(json.padding) ? toAddedToken(json.padding.pad_token) : undefined;
  return [
    ...(padding ? [['pad_token', padding] as [string, AddedToken]] : []),
    ...Object.entries(CLASS_TOKENS[tokenizerClass] ?? {}).map(([name, content]): [string, AddedToken | null] => [
      name,
      toAddedToken({ content, special: true, lstrip: strips, rstrip: strips }) ?? null,
    ]),
  ];
}

/** The vocabulary in the model of a class. */
function modelOf(
  own: Part,
  { steps, named, tokenizerClass }: { readonly steps: ClassSteps; readonly named: MergedTokens['named']; readonly tokenizerClass: string },
): Part {
  const kind = own.type ?? (Array.isArray(own.vocab) ? 'Unigram' : steps.model);
  if (kind !== steps.model || Array.isArray(own.vocab) !== (steps.model === 'Unigram'))
    throw unsupported(`${tokenizerClass}Tokenizer expects a ${steps.model} vocabulary, and tokenizer.json holds ${String(kind)}`);
  const unknown = named.get('unk_token');
  if (unknown === null) throw unsupported(`expected an "unk_token", which ${tokenizerClass}Tokenizer needs`);
  const merges = steps.model === 'BPE' ? { merges: own.merges ?? [] } : {};
  return { ...steps.fields(unknown?.content ?? ''), vocab: own.vocab, ...merges };
}

/** SiglipTokenizer is Python's own code: words that it cuts out of a text change those beside them in ways that labelwise does not follow. */
function assertUsualTokens(added: readonly NumberedToken[], files: TokenFiles): void {
  const odd = added.find(({ content }) => !['</s>', '<unk>', '<pad>'].includes(content));
  if (odd) throw unsupported(`labelwise does not support "${odd.content}" as a special token of SiglipTokenizer`);
  const other = Object.entries(files.addedTokens ?? {}).find(([content, id]) =>
    added.some((token) => token.content === content && token.id !== id),
  );
  if (other) throw unsupported(`added_tokens.json gives "${other[0]}" another number than the vocabulary does`);
}

/** What SentencePiece compiled, wherever it is in a normaliser. */
function charsmapOf(normalizer: unknown): Part | null {
  if (!isPart(normalizer)) return null;
  const parts =
    normalizer.type === 'Sequence' && Array.isArray(normalizer.normalizers) ? (normalizer.normalizers as unknown[]) : [normalizer];
  return parts.filter(isPart).find((part) => part.type === 'Precompiled' && 'precompiled_charsmap' in part) ?? null;
}

type NumberedToken = AddedToken & { readonly id: number };

/**
 * Adds tokens as Python's tokenizers do: a word of the vocabulary keeps its number, another gets the next one, whatever number the file gives it.
 * Those that are not in the list yet come by their numbers, then those with a name, then the others.
 */
function addTokens(
  vocab: unknown,
  { first, merged }: { readonly first: readonly unknown[]; readonly merged: MergedTokens },
): readonly NumberedToken[] {
  const { idOf, size } = lookUp(vocab);
  const added = new Map<string, NumberedToken>();
  let next = size;
  const add = (token: AddedToken): void => {
    if (token.content === '') return;
    const id = added.get(token.content)?.id ?? idOf(token.content) ?? next;
    if (id >= next) next = id + 1;
    added.set(token.content, { id, ...token });
  };
  for (const token of first) {
    const read = toAddedToken(token);
    if (!read) throw damaged('an entry of its added_tokens is not a token');
    add(read);
  }
  const names = new Set([...merged.named.values()].map((token) => token?.content));
  for (const token of merged.numbered) {
    const old = added.get(token.content);
    if (!old || !isSame(old, token)) add(names.has(token.content) ? { ...token, special: true } : token);
  }
  for (const token of [...merged.named.values(), ...(merged.extra ?? [])]) if (token && !added.has(token.content)) add(token);
  return [...added.values()];
}

const isSame = (a: AddedToken, b: AddedToken): boolean =>
  (['single_word', 'lstrip', 'rstrip', 'normalized', 'special'] as const).every((flag) => a[flag] === b[flag]);

function lookUp(vocab: unknown): { idOf: (content: string) => number | undefined; size: number } {
  if (Array.isArray(vocab)) {
    const ids = new Map(vocab.map((entry, id) => [Array.isArray(entry) ? entry[0] : entry, id] as const));
    return { idOf: (content) => ids.get(content), size: vocab.length };
  }
  const ids = (isPart(vocab) ? vocab : {}) as Readonly<Record<string, number>>;
  return { idOf: (content) => (Object.hasOwn(ids, content) ? ids[content] : undefined), size: Object.keys(ids).length };
}
