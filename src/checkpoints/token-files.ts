import { readJsonIfThere } from '../files/json-file.js';
import { CLASS_TOKENS, type TokenizerClass } from './tokenizer-class.js';

/** The files that name special tokens, beside tokenizer.json. */
export interface TokenFiles {
  readonly tokenizerConfig?: unknown;
  /** special_tokens_map.json */
  readonly specialTokensMap?: unknown;
  /** added_tokens.json */
  readonly addedTokens?: unknown;
}

/** Files of earlier versions of transformers, which count only where tokenizer_config.json has no `added_tokens_decoder`. */
export const LEGACY_TOKEN_FILES = ['special_tokens_map.json', 'added_tokens.json'] as const;

type Part = Readonly<Record<string, unknown>>;

/** The two older files of a checkpoint, where they count. */
export async function readTokenFiles(folder: string, tokenizerConfig: unknown): Promise<TokenFiles> {
  if (typeof tokenizerConfig === 'object' && tokenizerConfig !== null && 'added_tokens_decoder' in tokenizerConfig) return {};
  const [specialTokensMap, addedTokens] = await Promise.all(LEGACY_TOKEN_FILES.map((file) => readJsonIfThere(folder, file)));
  return { specialTokensMap, addedTokens };
}

const contentOf = (token: unknown): unknown => (typeof token === 'object' && token !== null ? (token as Part).content : token);

/**
 * What the older files say that tokenizer_config.json does not, for the fingerprint. Most repeat it, and images of such checkpoints need not be indexed
 * again because of them.
 */
export function changesOfTokens(
  { specialTokensMap, addedTokens }: TokenFiles,
  tokenizerConfig: unknown,
  tokenizerClass: TokenizerClass,
): unknown[] {
  const own: Part = { ...CLASS_TOKENS[tokenizerClass], ...(tokenizerConfig as Part | null | undefined) };
  const changes = Object.entries((specialTokensMap ?? {}) as Part).filter(([field, token]) => contentOf(token) !== contentOf(own[field]));
  return [...(changes.length > 0 ? [specialTokensMap] : []), ...(addedTokens === undefined ? [] : [addedTokens])];
}
