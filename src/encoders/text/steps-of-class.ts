import { LabelwiseError } from '../../errors.js';

type Part = Readonly<Record<string, unknown>>;

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The kinds of a step's parts, in order: those of a sequence, or its own. */
function kindsOf(step: unknown): string {
  if (!isPart(step)) return '';
  const inner = (step.normalizers ?? step.pretokenizers) as unknown[] | undefined;
  return (Array.isArray(inner) ? inner : [step]).map((part) => (isPart(part) ? String(part.type) : '?')).join(' ');
}

/** What a class of transformers builds by itself from the vocabulary, whatever else tokenizer.json says. */
interface ClassSteps {
  readonly name: RegExp;
  readonly normalizer: RegExp;
  readonly preTokenizer: RegExp;
  /** Fields of the model, with the values that the class gives them. */
  readonly model: (config: Part) => Part;
}

const tokenOf = (token: unknown, usual: string): unknown => (isPart(token) ? token.content : (token ?? usual));

const CLASSES: readonly ClassSteps[] = [
  {
    name: /^BertTokenizer(?:Fast)?$/,
    normalizer: /^BertNormalizer$/,
    preTokenizer: /^BertPreTokenizer$/,
    model: ({ unk_token }) => ({
      ...{ type: 'WordPiece', unk_token: tokenOf(unk_token, '[UNK]') },
      ...{ continuing_subword_prefix: '##', max_input_chars_per_word: 100 },
    }),
  },
  {
    name: /^XLMRobertaTokenizer(?:Fast)?$/,
    normalizer: /^(?!.*(?:Lowercase|StripAccents|BertNormalizer))/, // `followXlmRoberta` leaves the others out
    preTokenizer: /^(?:WhitespaceSplit )?Metaspace$/,
    model: () => ({ type: 'Unigram', unk_id: 3 }),
  },
  {
    name: /^(?:Gemma|Siglip2)Tokenizer(?:Fast)?$/,
    normalizer: /^/, // `refuseOddSplit` sees to its spaces
    preTokenizer: /^(?:Split)?$/,
    model: () => ({ type: 'BPE', byte_fallback: true, end_of_word_suffix: null }),
  },
];

/**
 * Refuses a tokenizer.json whose steps are not those of its class in tokenizer_config.json: transformers follows the class.
 *
 * @throws LabelwiseError `CHECKPOINT_UNSUPPORTED`
 */
export function refuseOtherSteps(tokenizer: unknown, tokenizerConfig: unknown): void {
  if (!isPart(tokenizer) || !isPart(tokenizerConfig) || !isPart(tokenizer.model)) return;
  const { model } = tokenizer;
  const rule = CLASSES.find(({ name }) => name.test(String(tokenizerConfig.tokenizer_class)));
  const wanted = rule?.model(tokenizerConfig);
  if (!rule || !wanted || (model.type ?? wanted.type) !== wanted.type) return; // a vocabulary of another kind
  const refuse = (what: string): never => {
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `tokenizer.json: expected the ${what} of the ${String(tokenizerConfig.tokenizer_class)} that tokenizer_config.json names, got another.`,
      { hint: 'Compare both files with those in the repository on the hub.' },
    );
  };
  if (!rule.normalizer.test(kindsOf(tokenizer.normalizer))) refuse('normalizer');
  const isBare = /^XLMRoberta/.test(String(tokenizerConfig.tokenizer_class)) && tokenizerConfig.add_prefix_space === false;
  if (isBare || !rule.preTokenizer.test(kindsOf(tokenizer.pre_tokenizer))) refuse('pre_tokenizer');
  for (const [field, value] of Object.entries(wanted)) if (field in model && (model[field] ?? null) !== value) refuse(`model's ${field}`);
}
