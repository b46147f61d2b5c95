import type { TokenFiles } from '../../../checkpoints/token-files.js';
import { LabelwiseError } from '../../../errors.js';
import { type AddedToken, isPart, type Part, toAddedToken } from './added-token.js';

const NAMED = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'] as const;
const isNamed = (field: string): boolean => (NAMED as readonly string[]).includes(field);

/** The special tokens that the files name beside those of tokenizer.json. */
export interface MergedTokens {
  /** By their names; null where a file takes the class's own token away. */
  readonly named: ReadonlyMap<string, AddedToken | null>;
  /** Undefined where no file lists any: a class may have a list of its own. */
  readonly extra: readonly AddedToken[] | undefined;
  /** Tokens with a number, in the order of their numbers. */
  readonly numbered: readonly AddedToken[];
}

/**
 * What transformers 5.24 makes of tokenizer_config.json, special_tokens_map.json and added_tokens.json (`_from_pretrained`): the last two, and the
 * tokens that tokenizer.json lists, count only where the first has no `added_tokens_decoder`.
 *
 * @param ownTokens `added_tokens` of tokenizer.json; undefined where the checkpoint has no such file
 * @throws LabelwiseError `CHECKPOINT_DAMAGED`
 */
export function mergeTokenFiles(files: TokenFiles, ownTokens: unknown): MergedTokens {
  const config = files.tokenizerConfig ?? {};
  if (!isPart(config)) throw damaged('tokenizer_config.json', 'it is not a JSON object');
  const named = new Map<string, unknown>();
  let extra = config.extra_special_tokens || config.additional_special_tokens; // an empty list counts as none
  for (const [field, value] of Object.entries(config)) {
    const isTyped = !isPart(value) || value.__type === 'AddedToken';
    if (isNamed(field) && !isTyped) throw damaged('tokenizer_config.json', `"${field}" has no "__type" ("AddedToken")`);
    if (isNamed(field) || (isTyped && isOwnName(field, value))) named.set(field, value);
  }
  const numbered = new Map<number, AddedToken>();
  const add = (id: unknown, token: AddedToken | undefined, file: string): void => {
    if (!Number.isInteger(Number(id)) || !token) throw damaged(file, `${JSON.stringify(id)} is not the number of a token`);
    numbered.delete(Number(id));
    numbered.set(Number(id), token);
  };
  if ('added_tokens_decoder' in config) {
    for (const [id, token] of entriesOf(config.added_tokens_decoder, 'tokenizer_config.json'))
      add(id, isPart(token) ? toAddedToken(token) : undefined, 'tokenizer_config.json');
  } else {
    for (const [field, value] of entriesOf(files.specialTokensMap ?? {}, 'special_tokens_map.json')) {
      if (field === 'extra_special_tokens' && !isPart(value)) extra = [...listOf(extra), ...listOf(value, 'special_tokens_map.json')];
      else if (field === 'extra_special_tokens') extra = value;
      else if (field === 'additional_special_tokens') extra ??= listOf(value, 'special_tokens_map.json');
      else if (isNamed(field) || isOwnName(field, value)) named.set(field, isPart(value) ? { ...value, special: true } : value);
    }
    const special = new Set([...named.values(), ...listOf(extra)].map((token) => toAddedToken(token)?.content));
    for (const [content, id] of entriesOf(files.addedTokens ?? {}, 'added_tokens.json'))
      add(id, toAddedToken({ content, special: special.has(content) }), 'added_tokens.json');
    for (const token of Array.isArray(ownTokens) ? ownTokens : []) add((token as Part | null)?.id, toAddedToken(token), 'tokenizer.json');
  }
  const known = new Map([...numbered.values()].map((token) => [token.content, token]));
  if (extra != null && typeof extra !== 'object')
    throw damaged('tokenizer_config.json or special_tokens_map.json', 'it holds no list of special tokens');
  if (isPart(extra)) for (const [field, value] of Object.entries(extra)) named.set(field, value);
  const read = ([field, value]: [string, unknown]): [string, AddedToken | null] => {
    const token = toAddedToken(isPart(value) ? { ...value, special: true } : value);
    if (token?.content === '' && !ENDS.includes(field)) return [field, null];
    if (value != null && !token?.content) throw damaged('tokenizer_config.json or special_tokens_map.json', `"${field}" is not a token`);
    return [field, (token && isNamed(field) ? known.get(token.content) : undefined) ?? token ?? null];
  };
  return {
    named: new Map([...named].map(read)),
    extra:
      extra == null
        ? undefined
        : listOf(extra).map(
            (token) => toAddedToken(token) ?? fail('tokenizer_config.json or special_tokens_map.json', 'an entry of a list is not a token'),
          ),
    numbered: [...numbered].sort(([a], [b]) => a - b).map(([, token]) => token),
  };
}

const ENDS: readonly string[] = ['pad_token', 'bos_token', 'eos_token', 'cls_token', 'sep_token'];

/** In the order in which transformers adds them; those of the model alone come last. */
export function sortNames<T>(named: Iterable<[string, T]>): [string, T][] {
  const rankOf = (field: string): number => (isNamed(field) ? (NAMED as readonly string[]).indexOf(field) : NAMED.length);
  return [...named].sort(([a], [b]) => rankOf(a) - rankOf(b));
}

/** A special token of the model alone: `image_token` and the like. */
const isOwnName = (field: string, value: unknown): boolean => field.endsWith('_token') && toAddedToken(value) !== undefined;

/** A list; anything else is an error where it is read from a file. */
function listOf(value: unknown, file?: string): unknown[] {
  if (file !== undefined && value != null && !Array.isArray(value)) throw damaged(file, 'its special tokens are not a list');
  return Array.isArray(value) ? value : [];
}

function entriesOf(value: unknown, file: string): [string, unknown][] {
  if (isPart(value)) return Object.entries(value);
  throw damaged(file, 'it holds no object of tokens');
}

function fail(file: string, why: string): never {
  throw damaged(file, why);
}

const damaged = (file: string, why: string): LabelwiseError =>
  new LabelwiseError('CHECKPOINT_DAMAGED', `${file} cannot be used: ${why}.`, {
    hint: 'Compare the file with the one in the repository on the hub, or download it again: labelwise models pull NAME.',
  });
