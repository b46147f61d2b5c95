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
}

/** Replaces the steps of a tokenizer in which the library gives something else than Python's tokenizers. */
export function correctSteps<T extends LibraryTokenizer>(tokenizer: T): T {
  const json = tokenizer.tokenizer as { normalizer?: Config; pre_tokenizer?: Config };
  correct(tokenizer.normalizer as Step | null, json.normalizer);
  correct(tokenizer.pre_tokenizer as Step | null, json.pre_tokenizer);
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

/** transformers' BertTokenizer follows tokenizer_config.json, whatever the normaliser in tokenizer.json says. */
export function followBertSettings(tokenizer: unknown, tokenizerConfig: unknown): unknown {
  const { tokenizer_class: name, do_lower_case: lowercase, strip_accents, tokenize_chinese_chars } = (tokenizerConfig ?? {}) as Config;
  const { normalizer } = (tokenizer ?? {}) as { normalizer?: Config | null };
  if (!/^(?:Distil|Electra)?Bert/.test(String(name)) || normalizer?.type !== 'BertNormalizer') return tokenizer;
  const named = Object.entries({ lowercase, strip_accents, handle_chinese_chars: tokenize_chinese_chars }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...(tokenizer as object), normalizer: { ...normalizer, ...Object.fromEntries(named) } };
}

/**
 * transformers' XLMRobertaTokenizer takes only what SentencePiece compiled from the normaliser in tokenizer.json, and splits at white space before
 * it marks words (transformers 5.24, tokenization_xlm_roberta.py; the finding transformers-class-over-tokenizer-json).
 */
export function followXlmRoberta(tokenizer: unknown, tokenizerConfig: unknown): unknown {
  const { tokenizer_class: name } = (tokenizerConfig ?? {}) as Config;
  const { normalizer, model } = (tokenizer ?? {}) as { normalizer?: Config | null; model?: Config };
  if (!/^XLMRobertaTokenizer(?:Fast)?$/.test(String(name)) || (model?.type ?? 'Unigram') !== 'Unigram') return tokenizer;
  const parts = (Array.isArray(normalizer?.normalizers) ? normalizer.normalizers : [normalizer]) as readonly (Config | null | undefined)[];
  return {
    ...(tokenizer as object),
    normalizer: parts.find((part) => part?.type === 'Precompiled') ?? null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true }],
    },
  };
}
