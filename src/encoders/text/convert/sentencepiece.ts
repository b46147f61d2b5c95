import { LabelwiseError } from '../../../errors.js';
import { PIECE, parseSentencePiece, type SentencePiece } from './sentencepiece-model.js';
import { contentOf, specialToken, wrapWith } from './special-tokens.js';

export interface SentencePieceOptions {
  /** The class in transformers, without "Tokenizer". */
  readonly kind: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly file: string;
}

/**
 * What tokenizer.json would say of a SentencePiece model. Which special tokens a text gets, and how it is cut, is of the class in transformers
 * and not in the file.
 *
 * @throws LabelwiseError `CHECKPOINT_DAMAGED` or `CHECKPOINT_UNSUPPORTED`
 */
export async function convertSentencePiece(bytes: Uint8Array, { kind, config, file }: SentencePieceOptions): Promise<object> {
  const model = await parseSentencePiece(bytes, file);
  const convert = Object.hasOwn(CONVERTERS, kind) ? CONVERTERS[kind] : undefined;
  if (convert) return convert(model, config, file);
  throw new LabelwiseError('CHECKPOINT_UNSUPPORTED', `labelwise cannot make a tokenizer of the class "${kind}" from ${file}.`, {
    hint: `It can for ${Object.keys(CONVERTERS).join(', ')}. Or save tokenizer.json in Python: AutoTokenizer.from_pretrained('NAME').save_pretrained('FOLDER').`,
  });
}

type Converter = (model: SentencePiece, config: SentencePieceOptions['config'], file: string) => object;

const CONVERTERS: Readonly<Record<string, Converter>> = {
  T5: (model, config, file) => toUnigram(model, file, [[], [tokenOf(model, config.eos_token, '</s>')]]),
  Siglip: (model, config, file) => ({
    ...toUnigram(model, file, [[], [tokenOf(model, config.eos_token, '</s>')]]),
    ...{ added_tokens: [], pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'never' } },
  }),
  XLMRoberta: toXlmRoberta,
  ...{ Gemma: toGemma, Siglip2: toGemma },
};

type Ends = readonly [readonly [string, number][], readonly [string, number][]];

function tokenOf({ pieces }: SentencePiece, named: unknown, usual: string): [string, number] {
  const token = contentOf(named) ?? usual;
  const id = pieces.findIndex(({ piece }) => piece === token);
  if (id < 0) throw new LabelwiseError('CHECKPOINT_DAMAGED', `The SentencePiece model has no piece "${token}".`);
  return [token, id];
}

/** Unigram over words that begin with a space (Kudo, 2018). */
function toUnigram(model: SentencePiece, file: string, [before, after]: Ends): object {
  if (model.isBpe || !model.addsPrefix || !model.removesSpaces) throw unlike(file, 'a Unigram model with a space before each text');
  return {
    added_tokens: addedTokens(model),
    normalizer: model.charsmap === '' ? null : { type: 'Precompiled', precompiled_charsmap: model.charsmap },
    pre_tokenizer: SPACED_WORDS,
    post_processor: wrapWith(before, after),
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
    model: {
      type: 'Unigram',
      unk_id: model.unknownId,
      vocab: model.pieces.map(({ piece, score }) => [piece, score]),
      byte_fallback: false,
    },
  };
}

const SPACED_WORDS = {
  type: 'Sequence',
  pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true }],
};

/** XLM-R gives its first four ids to other tokens than the model in its file, and has one more at the end. */
function toXlmRoberta(model: SentencePiece, config: SentencePieceOptions['config'], file: string): object {
  const piece = (name: string, usual: string) => ({
    piece: config[name] === null ? 'None' : (contentOf(config[name]) ?? usual), // Python's word for null
    ...{ score: 0, type: PIECE.normal },
  });
  const lead = [piece('bos_token', '<s>'), piece('pad_token', '<pad>'), piece('eos_token', '</s>'), piece('unk_token', '<unk>')];
  const own = model.pieces.slice(3).map(({ piece, score, type }) => ({ piece, score, type }));
  const pieces = [...lead, ...own, piece('mask_token', '<mask>')];
  return toUnigram({ ...model, pieces, unknownId: 3 }, file, [[], []]); // the class puts its tokens around a text
}

/** Gemma's: BPE over the whole text with its spaces marked, bytes for what it does not know. */
function toGemma(model: SentencePiece, _config: SentencePieceOptions['config'], file: string): object {
  if (!model.isBpe || model.addsPrefix || model.removesSpaces || model.charsmap !== '')
    throw unlike(file, 'a BPE model that keeps spaces as they are');
  return {
    added_tokens: addedTokens(model),
    normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false },
    post_processor: null, // the class adds them
    decoder: null,
    model: {
      ...{ type: 'BPE', dropout: null, unk_token: model.pieces[model.unknownId]?.piece ?? '<unk>', fuse_unk: true, byte_fallback: true },
      vocab: Object.fromEntries(model.pieces.map(({ piece }, id) => [piece, id])),
      merges: mergesOf(model),
    },
  };
}

/** Tokens that are found in a text before it is cut: those that control, and those that the user of SentencePiece defined. */
function addedTokens({ pieces }: SentencePiece): object[] {
  return pieces.flatMap(({ piece, type }, id) => {
    if (type === PIECE.control) return [specialToken(piece, id)];
    return type === PIECE.defined ? [{ ...specialToken(piece, id), special: false }] : [];
  });
}

/** Every way to make a piece of two others; better pieces first, as SentencePiece merges them. */
function mergesOf({ pieces }: SentencePiece): [string, string][] {
  const ids = new Map(pieces.flatMap(({ piece, type }, id): [string, number][] => (type === PIECE.normal ? [[piece, id]] : [])));
  const merges: { left: string; right: string; score: number }[] = [];
  for (const { piece, score, type } of pieces) {
    if (type !== PIECE.normal) continue;
    const letters = Array.from(piece);
    const own = letters.slice(1).flatMap((_, i) => {
      const [left, right] = [letters.slice(0, i + 1).join(''), letters.slice(i + 1).join('')];
      return ids.has(left) && ids.has(right) ? [{ left, right, score }] : [];
    });
    const idOf = (part: string): number => ids.get(part) as number;
    merges.push(...own.sort((a, b) => idOf(a.left) - idOf(b.left) || idOf(a.right) - idOf(b.right)));
  }
  return merges.sort((a, b) => b.score - a.score).map(({ left, right }) => [left, right]);
}

const unlike = (file: string, what: string): LabelwiseError =>
  new LabelwiseError('CHECKPOINT_UNSUPPORTED', `Expected ${file} to hold ${what}, as the class of its tokenizer says.`, {
    hint: "Save tokenizer.json in Python: AutoTokenizer.from_pretrained('NAME').save_pretrained('FOLDER').",
  });
