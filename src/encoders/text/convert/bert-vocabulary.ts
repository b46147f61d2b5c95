import { damaged } from '../tokenizer-fields.js';
import { contentOf, specialToken, wrapWith } from './special-tokens.js';

/** What tokenizer.json would say of BERT's vocab.txt, a token a line: transformers' BertTokenizer, step by step. */
export function convertBertVocabulary(text: string, config: Readonly<Record<string, unknown>>): object {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const vocab = new Map(lines.map((token, id): [string, number] => [token.replace(/\r$/, ''), id]));
  const special = (field: string, usual: string): [string, number] => {
    const token = contentOf(config[field]) ?? usual;
    const id = vocab.get(token);
    if (id === undefined) throw damaged(`it lacks ${token}`, undefined, 'vocab.txt');
    return [token, id];
  };
  const [unknown, start, end] = [special('unk_token', '[UNK]'), special('cls_token', '[CLS]'), special('sep_token', '[SEP]')];
  const { do_lower_case: lowercase = true, tokenize_chinese_chars: chinese = true, strip_accents: accents = null } = config;
  return {
    added_tokens: [special('pad_token', '[PAD]'), unknown, start, end].map(([token, id]) => specialToken(token, id)),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: chinese, strip_accents: accents, lowercase },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: wrapWith([start], [end]),
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      ...{ type: 'WordPiece', unk_token: unknown[0], continuing_subword_prefix: '##', max_input_chars_per_word: 100 },
      vocab: Object.fromEntries(vocab),
    },
  };
}
