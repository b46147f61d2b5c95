type Part = Readonly<Record<string, unknown>>;

const NAMES: Readonly<Record<string, string>> = { '<|startoftext|>': '<start_of_text>', '<|endoftext|>': '<end_of_text>' };
const nameOf = (token: unknown): unknown => NAMES[String(token)] ?? token;

/** CLIP's tokenizer.json with the names that OpenCLIP's own tokenizer gives to its special tokens: other texts than transformers' end a sentence. */
export function withOpenClipNames(json: unknown): unknown {
  const { model, added_tokens: added, post_processor: ends, pre_tokenizer: cutter } = (json ?? {}) as Record<string, Part | undefined>;
  if (typeof model?.vocab !== 'object' || model.vocab === null || !('<|endoftext|>' in model.vocab)) return json;
  const [sep, cls] = [ends?.sep, ends?.cls] as [unknown[] | undefined, unknown[] | undefined];
  if (!sep || !cls || !Array.isArray(added)) return json; // not CLIP's
  return {
    ...(json as object),
    added_tokens: added.map((token: Part) => ({ ...token, content: nameOf(token.content) })),
    pre_tokenizer: JSON.parse(
      JSON.stringify(cutter).replace('<\\\\|startoftext\\\\|>|<\\\\|endoftext\\\\|>', '<start_of_text>|<end_of_text>'),
    ),
    post_processor: { ...ends, sep: [nameOf(sep[0]), sep[1]], cls: [nameOf(cls[0]), cls[1]] },
    model: {
      ...model,
      unk_token: nameOf(model.unk_token),
      vocab: Object.fromEntries(Object.entries(model.vocab).map(([token, id]) => [nameOf(token), id])),
    },
  };
}
