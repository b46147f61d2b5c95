type Step = (text: string) => string;

/** The parts of the library's tokenizer that are replaced. */
interface LibraryTokenizer {
  normalizer: Step | null;
  encode_text(text: string | null): string[] | null;
  readonly added_tokens: readonly { readonly content: string }[];
}

/**
 * Runs a tokenizer as SiglipTokenizer does: it cuts a text at special tokens first, cleans each part by itself, and marks the beginning of the text alone
 * as that of a word. A text that ends with its end token gets no second one.
 */
export function runSiglipSteps(tokenizer: object, clean: Step, end: string | undefined): void {
  const parts = tokenizer as LibraryTokenizer;
  const own = parts.normalizer;
  parts.normalizer = (text) => {
    const made = own ? own(clean(text)) : clean(text);
    return made === '▁' ? '' : made; // SentencePiece drops white space at the end
  };
  const encode = parts.encode_text.bind(parts);
  const isSpecial = (token: string | undefined): boolean => parts.added_tokens.some(({ content }) => content === token);
  parts.encode_text = (text) => {
    const tokens = text === null ? null : encode(`▁${text.replaceAll('▁', ' ')}`);
    if (!tokens) return tokens;
    return tokens.slice(tokens.length > 1 && tokens[0] === '▁' && isSpecial(tokens[1]) ? 1 : 0, tokens.at(-1) === end ? -1 : tokens.length);
  };
}
