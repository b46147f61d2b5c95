/**
 * What reads a tokenizer in transformers 5.24: one of the classes that build the steps of a tokenizer anew, whatever tokenizer.json says of them, or
 * `file`, which follows tokenizer.json. `unknown` is a class that labelwise has not looked at.
 */
export type TokenizerClass = (typeof BUILDERS)[number] | 'file' | 'unknown';

const BUILDERS = ['CLIP', 'Bert', 'XLMRoberta', 'Gemma', 'Siglip2', 'T5', 'Roberta', 'Siglip'] as const;

/** Names that follow the file, and others that are the same class as one above. NLLB's files say what its class does. */
const ALIASES: Readonly<Record<string, TokenizerClass>> = {
  TokenizersBackend: 'file',
  PreTrainedTokenizer: 'file',
  PreTrained: 'file',
  PythonBackend: 'file',
  Nllb: 'file',
  DistilBert: 'Bert',
  MT5: 'T5',
};

/** The class of each model type (transformers' TOKENIZER_MAPPING_NAMES). */
const REGISTERED: Readonly<Record<string, TokenizerClass>> = {
  ...{ clip: 'CLIP', clipseg: 'CLIP', chinese_clip: 'Bert', align: 'Bert' },
  ...{ siglip: 'Siglip', siglip2: 'Siglip2', metaclip_2: 'XLMRoberta' },
};

/** Where the class that the files name is known to be wrong, and the registered one is taken. */
const ALWAYS_REGISTERED: readonly string[] = ['siglip2'];

export interface ClassSources {
  readonly modelType?: string | undefined;
  readonly tokenizerConfig?: unknown;
  /** `tokenizer_class` of config.json. */
  readonly modelTokenizerClass?: unknown;
}

/** The class that AutoTokenizer chooses. */
export function chooseTokenizerClass({ modelType = '', tokenizerConfig, modelTokenizerClass }: ClassSources): TokenizerClass {
  const registered = Object.hasOwn(REGISTERED, modelType) ? REGISTERED[modelType] : undefined;
  if (registered !== undefined && ALWAYS_REGISTERED.includes(modelType)) return registered;
  const own = (tokenizerConfig as { tokenizer_class?: unknown } | null | undefined)?.tokenizer_class;
  const named = [own, modelTokenizerClass].find((name) => typeof name === 'string' && name !== '') ?? own;
  if (typeof named !== 'string') return registered ?? 'file';
  return classOf(named);
}

function classOf(name: string): TokenizerClass {
  const bare = name.replace(/Fast$/, '').replace(/Tokenizer$/, '');
  if (Object.hasOwn(ALIASES, bare)) return ALIASES[bare] as TokenizerClass;
  return BUILDERS.find((known) => known === bare && name !== bare) ?? (bare === name ? 'file' : 'unknown');
}

/** What to tell the user of a class that labelwise does not know: tokenizer.json is followed, which says the same for most. */
export function describeUnknownClass(name: string, tokenizerClass: TokenizerClass, tokenizerConfig: unknown): string | undefined {
  if (tokenizerClass !== 'unknown') return undefined;
  const { tokenizer_class: named } = (tokenizerConfig ?? {}) as { tokenizer_class?: unknown };
  return `labelwise does not know the tokenizer class "${String(named)}" of ${name} and follows tokenizer.json. Where transformers' class does something else, texts get other embeddings.`;
}

const ROBERTA_TOKENS = {
  ...{ bos_token: '<s>', eos_token: '</s>', sep_token: '</s>', cls_token: '<s>' },
  ...{ unk_token: '<unk>', pad_token: '<pad>', mask_token: '<mask>' },
};
const GEMMA_TOKENS = { unk_token: '<unk>', bos_token: '<bos>', eos_token: '<eos>', pad_token: '<pad>', mask_token: '<mask>' };

/** The special tokens that a class takes where no file names them. */
export const CLASS_TOKENS: Readonly<Partial<Record<TokenizerClass, Readonly<Record<string, string>>>>> = {
  CLIP: { unk_token: '<|endoftext|>', bos_token: '<|startoftext|>', eos_token: '<|endoftext|>', pad_token: '<|endoftext|>' },
  Bert: { unk_token: '[UNK]', sep_token: '[SEP]', pad_token: '[PAD]', cls_token: '[CLS]', mask_token: '[MASK]' },
  ...{ XLMRoberta: ROBERTA_TOKENS, Roberta: ROBERTA_TOKENS, Gemma: GEMMA_TOKENS, Siglip2: GEMMA_TOKENS },
  T5: { eos_token: '</s>', unk_token: '<unk>', pad_token: '<pad>' },
  Siglip: { eos_token: '</s>', unk_token: '<unk>', pad_token: '</s>' },
};
