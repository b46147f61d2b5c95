/** The text of a token in tokenizer_config.json: a string, or an object with its `content`. */
export function contentOf(token: unknown): string | undefined {
  if (typeof token === 'string') return token;
  return typeof token === 'object' && token !== null && 'content' in token && typeof token.content === 'string' ? token.content : undefined;
}

/** A token that text is not split into, as an entry of tokenizer.json's `added_tokens`. */
export const specialToken = (content: string, id: number): object => ({
  ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
});

/** A post-processor that puts special tokens before and after a text. */
export const wrapWith = (before: readonly [string, number][], after: readonly [string, number][]): object => ({
  type: 'TemplateProcessing',
  single: [...before.map(asPiece), { Sequence: { id: 'A', type_id: 0 } }, ...after.map(asPiece)],
  pair: [],
  special_tokens: Object.fromEntries([...before, ...after].map(([token, id]) => [token, { id: token, ids: [id], tokens: [token] }])),
});

const asPiece = ([id]: readonly [string, number]): object => ({ SpecialToken: { id, type_id: 0 } });
