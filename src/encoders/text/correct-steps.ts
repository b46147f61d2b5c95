import { NORMALIZE, PRE_TOKENIZE } from './python-steps.js';

type Config = Readonly<Record<string, unknown>>;

/** What the library makes of a part of tokenizer.json: it holds the parts inside it in the same order. */
interface Step {
  normalize?: (text: string) => string;
  pre_tokenize_text?: (text: string) => string[];
  readonly normalizers?: readonly (Step | null)[];
  readonly tokenizers?: readonly (Step | null)[];
}

/** A tokenizer of the library, with the tokenizer.json that it was made from. */
interface LibraryTokenizer {
  readonly tokenizer: object;
  readonly normalizer: unknown;
  readonly pre_tokenizer: unknown;
  readonly model: unknown;
}

/** Replaces the steps of a tokenizer in which the library gives something else than Python's tokenizers. */
export function correctSteps<T extends LibraryTokenizer>(tokenizer: T): T {
  const json = tokenizer.tokenizer as { normalizer?: Config; pre_tokenizer?: Config };
  correct(tokenizer.normalizer as Step | null, json.normalizer);
  correct(tokenizer.pre_tokenizer as Step | null, json.pre_tokenizer);
  const model = tokenizer.model as { _call(words: readonly string[]): string[] };
  const encode = model._call.bind(model);
  model._call = (words) => words.flatMap((word) => encode([word])); // the library makes one unknown token of two words'
  return tokenizer;
}

function correct(step: Step | null, config: Config | undefined): void {
  if (!step || !config) return;
  const type = String(config.type);
  if (step.normalize && Object.hasOwn(NORMALIZE, type)) step.normalize = NORMALIZE[type]?.(config) as (text: string) => string;
  if (step.pre_tokenize_text && Object.hasOwn(PRE_TOKENIZE, type))
    step.pre_tokenize_text = PRE_TOKENIZE[type]?.(config) as (text: string) => string[];
  const inside = (config.normalizers ?? config.pretokenizers ?? []) as readonly Config[];
  for (const [i, child] of (step.normalizers ?? step.tokenizers ?? []).entries()) correct(child, inside[i]);
}
