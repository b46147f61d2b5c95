/** The files that a tokenizer comes in, the form that is preferred first; from the others labelwise makes what tokenizer.json would say. */
const FORMS = [
  ['tokenizer.json'],
  ['vocab.json', 'merges.txt'],
  ['spiece.model'],
  ['sentencepiece.bpe.model'],
  ['sentencepiece.model'],
  ['tokenizer.model'],
  ['vocab.txt'],
] as const;

/** The tokenizer's files in a listing; undefined where it has none. */
export function findTokenizer(listing: readonly string[]): readonly string[] | undefined {
  return FORMS.find((files) => files.every((file) => listing.includes(file)));
}
