/** A token that texts are cut at, as an entry of tokenizer.json's `added_tokens` without its number. */
export interface AddedToken {
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

export type Part = Readonly<Record<string, unknown>>;

export const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A token as transformers reads it from JSON: by its text, or as an object with its `content`. Undefined for anything else. */
export function toAddedToken(value: unknown, isSpecial = true): AddedToken | undefined {
  const { content, ...flags } = isPart(value) ? value : { content: value };
  if (typeof content !== 'string') return undefined;
  const special = isPart(value) ? flags.special === true : isSpecial;
  return {
    content,
    single_word: flags.single_word === true,
    lstrip: flags.lstrip === true,
    rstrip: flags.rstrip === true,
    normalized: typeof flags.normalized === 'boolean' ? flags.normalized : !special,
    special,
  };
}
