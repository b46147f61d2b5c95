import type { TextRules } from '../../checkpoints/text-rules.js';
import { LabelwiseError } from '../../errors.js';
import { refuseUnknownFields } from '../../files/field-rules.js';

type Part = Readonly<Record<string, unknown>>;

/** A token by its text, or as an object with its `content`. */
const contentOf = (token: unknown): string | undefined => {
  const content = isPart(token) ? token.content : token;
  return typeof content === 'string' && content !== '' ? content : undefined;
};
const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value);

const valuesOf = (list: unknown): unknown[] => (typeof list === 'object' && list !== null ? Object.values(list) : []);

const NAMED = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'] as const;
const LISTED = ['additional_special_tokens', 'extra_special_tokens'] as const;

/**
 * tokenizer.json with the special tokens that tokenizer_config.json names beside it: as transformers does, a text is cut at them. A pad_token of "!"
 * makes every exclamation mark a token of its own. Those without a number in the vocabulary are left out: transformers gives them numbers that the
 * model does not have.
 */
export function addSpecialTokens(tokenizer: unknown, tokenizerConfig: unknown): unknown {
  if (!isPart(tokenizer) || !isPart(tokenizerConfig) || !isPart(tokenizer.model)) return tokenizer;
  const { vocab } = tokenizer.model;
  const idOf = idsOf(vocab);
  const added = Array.isArray(tokenizer.added_tokens) ? (tokenizer.added_tokens as unknown[]) : [];
  const known = new Set(added.map(contentOf));
  const tokens = [
    ...NAMED.map((name) => tokenizerConfig[name]),
    ...LISTED.flatMap((name) => valuesOf(tokenizerConfig[name])),
    ...valuesOf(tokenizerConfig.added_tokens_decoder),
  ];
  const missing: Part[] = [];
  for (const token of tokens) {
    const content = contentOf(token);
    const id = content === undefined || known.has(content) ? undefined : idOf(content);
    if (content === undefined || id === undefined) continue;
    known.add(content);
    const flags = isPart(token)
      ? { lstrip: token.lstrip ?? false, rstrip: token.rstrip ?? false, single_word: token.single_word ?? false }
      : {};
    const normalized = isPart(token) && token.special === false && token.normalized !== false;
    missing.push({ lstrip: false, rstrip: false, single_word: false, ...flags, id, content, normalized, special: !normalized });
  }
  return missing.length === 0 ? tokenizer : { ...tokenizer, added_tokens: [...added, ...missing] };
}

function idsOf(vocab: unknown): (content: string) => number | undefined {
  if (Array.isArray(vocab)) {
    const ids = new Map(vocab.map((entry, id) => [Array.isArray(entry) ? entry[0] : entry, id] as const));
    return (content) => ids.get(content);
  }
  const ids = (isPart(vocab) ? vocab : {}) as Readonly<Record<string, number>>;
  return (content) => (Object.hasOwn(ids, content) ? ids[content] : undefined);
}

const OPTIONS = { harmless: {}, off: { truncation_side: ['right'], split_special_tokens: [false] } };

/** Refuses what transformers reads in tokenizer_config.json and labelwise does not do. @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` */
export function refuseOddOptions(tokenizerConfig: unknown): void {
  if (!isPart(tokenizerConfig)) return;
  const { truncation_side, split_special_tokens } = tokenizerConfig;
  refuseUnknownFields({ truncation_side, split_special_tokens }, [], OPTIONS, 'tokenizer_config.json');
}

/** What transformers' classes put around each text: the two tokens that tokenizer_config.json names, or these. */
const ENDS: readonly (readonly [RegExp, readonly [string, string], readonly [string, string]])[] = [
  [/^CLIPTokenizer(?:Fast)?$/, ['bos_token', '<|startoftext|>'], ['eos_token', '<|endoftext|>']],
  [/^BertTokenizer(?:Fast)?$/, ['cls_token', '[CLS]'], ['sep_token', '[SEP]']],
  [/^XLMRobertaTokenizer(?:Fast)?$/, ['bos_token', '<s>'], ['eos_token', '</s>']],
];

/**
 * Refuses a tokenizer.json that puts other tokens around a text than the class in tokenizer_config.json does: the text tower reads its embedding at one of them.
 *
 * @param emptyText the ids of an empty text
 * @throws LabelwiseError `CHECKPOINT_UNSUPPORTED`
 */
export function refuseOtherEnds(
  emptyText: readonly number[],
  tokenizerConfig: unknown,
  tokenToId: (token: string) => number | undefined,
): void {
  if (!isPart(tokenizerConfig)) return;
  const rule = ENDS.find(([name]) => name.test(String(tokenizerConfig.tokenizer_class)));
  if (!rule) return;
  const [, ...ends] = rule;
  const expected = ends.map(([field, usual]) => contentOf(tokenizerConfig[field]) ?? usual);
  const ids = expected.map(tokenToId);
  if (ids.every((id) => id === undefined)) return; // a vocabulary of another kind
  if (ids.length === emptyText.length && ids.every((id, i) => id === emptyText[i])) return;
  throw new LabelwiseError(
    'CHECKPOINT_UNSUPPORTED',
    `tokenizer.json: expected its post_processor to put ${expected.join(' and ')} around a text, as ${tokenizerConfig.tokenizer_class} in tokenizer_config.json does.`,
    { hint: 'Compare both files with those in the repository on the hub.' },
  );
}

/**
 * Refuses texts padded on the left to the longest of a batch, for which the position of each word would depend on its neighbours. Towers that are always
 * given the full length have no such neighbours.
 *
 * @throws LabelwiseError `CHECKPOINT_UNSUPPORTED`
 */
export function refuseLeftPadding({ paddingSide, padding }: TextRules): void {
  if (paddingSide === 'left' && padding === 'longest')
    refuseUnknownFields(
      { padding_side: paddingSide },
      [],
      { harmless: {}, off: { padding_side: ['right'] } },
      'tokenizer_config.json or tokenizer.json',
    );
}
