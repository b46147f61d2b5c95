import { z } from 'zod';
import { LabelwiseError } from '../errors.js';
import { parseJsonFile } from '../files/parse-json-file.js';
import type { Cleaning, Family } from './families.js';
import { chooseTokenizerClass, type TokenizerClass } from './tokenizer-class.js';

/** How a checkpoint wants its texts: lengths and padding, from its JSON files. */
export interface TextRules {
  /** The most tokens that a text may have, start and end included. */
  readonly maxLength: number;
  readonly padding: Family['padding'];
  readonly padTokenId: number;
  readonly paddingSide: 'left' | 'right';
  /** The model was trained on lower-case texts, and its tokenizer.json does not see to it. */
  readonly isLowercase: boolean;
  /** The tokens around a text, of which `last` comes after the padding: OpenCLIP's "clips". */
  readonly clips?: { readonly start: number; readonly end: number; readonly last: number };
  /** How many tokens the model has a row for, where its configuration says it. */
  readonly vocabularySize?: number;
  /** A token that is replaced by token 0: OpenCLIP's strip_sep_token. */
  readonly zeroedTokenId?: number;
}

const token = z.union([z.string(), z.object({ content: z.string() }).transform((value) => value.content)]);
const tokenizerConfigSchema = z.looseObject({
  model_max_length: z.number().refine(Number.isInteger, 'expected a whole number').nullish(),
  max_len: z.number().nullish(), // its earlier name
  pad_token: token.nullish(),
  sep_token: token.nullish(),
  bos_token: token.nullish(),
  eos_token: token.nullish(),
  cls_token: token.nullish(),
  padding_side: z.enum(['left', 'right']).optional(),
  tokenizer_class: z.string().nullish(),
});
const tokenizerSchema = z.looseObject({
  truncation: z.looseObject({ max_length: z.number().int().positive() }).nullish(),
  padding: z.looseObject({ pad_id: z.number().int(), direction: z.enum(['Left', 'Right']).nullish() }).nullish(),
});
const textConfigSchema = z.looseObject({
  model_type: z.string().optional(),
  max_position_embeddings: z.number().int().positive().optional(),
  pad_token_id: z.number().int().nullish(),
  vocab_size: z.number().int().positive().optional(),
});

export interface TextRuleSources {
  readonly tokenizer: unknown;
  readonly tokenizerConfig: unknown;
  /** text_config of config.json, or config.json itself where it has none. */
  readonly textConfig: unknown;
  /** What the model family is known for when the files are silent. */
  readonly family: Omit<Family, 'scoring'>;
  /** What reads the files in transformers. */
  readonly tokenizerClass?: TokenizerClass | undefined;
  tokenToId(token: string): number | undefined;
}

/** Reads the rules; of the lengths that the files name, the shortest holds. @throws LabelwiseError `CHECKPOINT_DAMAGED`, `CHECKPOINT_UNSUPPORTED` */
export function readTextRules(sources: TextRuleSources): TextRules {
  const tokenizer = parseJsonFile(tokenizerSchema, sources.tokenizer, 'tokenizer.json');
  const tokenizerConfig = parseJsonFile(tokenizerConfigSchema, sources.tokenizerConfig ?? {}, 'tokenizer_config.json');
  const textConfig = parseJsonFile(textConfigSchema, sources.textConfig ?? {}, 'config.json');
  const stated = [
    positions(textConfig),
    sources.family.maxLength,
    ...(readsOwnLength(sources.family.cleaning) ? [maxLengthOf(tokenizerConfig)] : []),
    ...(isImmich(sources.family.cleaning) ? [tokenizer.truncation?.max_length] : []),
  ];
  const lengths = stated.filter((length): length is number => length !== undefined && length > 0 && length < 100_000);
  const idOf = (name: string | null | undefined): number | undefined => (name == null ? undefined : sources.tokenToId(name));
  const { vocab_size: size } = textConfig;
  const within = (id: number | undefined): number | undefined =>
    id !== undefined && id >= (size ?? Number.POSITIVE_INFINITY) ? undefined : id;
  const padId = idOf(tokenizerConfig.pad_token);
  if (sources.family.padding === 'max' && padId !== within(padId))
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `Expected the pad_token "${tokenizerConfig.pad_token}" to be one of the model's ${size} tokens.`,
      {
        hint: 'Compare the files of the tokenizer with those in the repository on the hub.',
      },
    );
  const zeroedTokenId = sources.family.zeroesSeparator ? idOf(tokenizerConfig.sep_token) : undefined;
  return {
    maxLength: lengths.length === 0 ? 77 : Math.min(...lengths),
    padding: sources.family.padding,
    paddingSide:
      sources.family.cleaning === 'lower' // OpenCLIP's own tokenizer
        ? 'right'
        : (tokenizerConfig.padding_side ?? sideOf(tokenizer.padding?.direction) ?? (padsLeft(sources) ? 'left' : 'right')),
    isLowercase: sources.family.isLowercase ?? false,
    ...(sources.family.isClips ? { clips: clipsTokens(tokenizerConfig, idOf) } : {}),
    ...(zeroedTokenId === undefined ? {} : { zeroedTokenId }),
    ...(size === undefined ? {} : { vocabularySize: size }),
    padTokenId: sources.family.padTokenId ?? within(padId) ?? tokenizer.padding?.pad_id ?? textConfig.pad_token_id ?? 0,
  };
}

const maxLengthOf = (config: z.infer<typeof tokenizerConfigSchema>): number | undefined =>
  (config.model_max_length === undefined ? config.max_len : config.model_max_length) ?? undefined;

const isImmich = (cleaning: Cleaning | undefined): boolean => cleaning === 'immich' || cleaning === 'immich-canonical';
/** OpenCLIP cuts texts at its own context_length alone, and transformers at model_max_length, whatever the truncation in tokenizer.json says. */
const readsOwnLength = (cleaning: Cleaning | undefined): boolean => cleaning === undefined || isImmich(cleaning);

const sideOf = (direction: 'Left' | 'Right' | null | undefined): 'left' | 'right' | undefined =>
  direction == null ? undefined : direction === 'Left' ? 'left' : 'right';

/** Classes of transformers that pad on the left unless the file says otherwise. */
const padsLeft = ({ tokenizerClass, tokenizerConfig }: TextRuleSources): boolean =>
  ['Gemma', 'Siglip2'].includes(tokenizerClass ?? chooseTokenizerClass({ tokenizerConfig }));

const ROBERTA = /roberta|^altclip_text_model$/;

function clipsTokens(
  { bos_token, eos_token, cls_token }: z.infer<typeof tokenizerConfigSchema>,
  idOf: (name: string | null | undefined) => number | undefined,
): NonNullable<TextRules['clips']> {
  const [start, end, last] = [idOf(bos_token), idOf(eos_token), idOf(cls_token)];
  if (start !== undefined && end !== undefined && last !== undefined) return { start, end, last };
  throw new LabelwiseError(
    'CHECKPOINT_UNSUPPORTED',
    'open_clip_config.json: "tokenizer_mode" ("clips") needs a bos_token, an eos_token and a cls_token in tokenizer_config.json.',
    { hint: 'Compare the file with the one in the repository on the hub.' },
  );
}

/** RoBERTa counts positions from pad_token_id + 1, so that some of its table is never used. */
function positions(config: z.infer<typeof textConfigSchema>): number | undefined {
  if (config.max_position_embeddings === undefined) return undefined;
  return config.model_type !== undefined && ROBERTA.test(config.model_type)
    ? config.max_position_embeddings - (config.pad_token_id ?? 1) - 1
    : config.max_position_embeddings;
}
