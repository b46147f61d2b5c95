import { damaged } from '../tokenizer-fields.js';
import { contentOf } from './special-tokens.js';

/** BERT's vocab.txt, a token a line, as a tokenizer.json of which BertTokenizer takes the vocabulary. */
export function convertBertVocabulary(text: string, config: Readonly<Record<string, unknown>>): object {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const vocab = new Map(lines.map((token, id): [string, number] => [token.replace(/\r$/, ''), id]));
  for (const [field, usual] of Object.entries({ unk_token: '[UNK]', cls_token: '[CLS]', sep_token: '[SEP]' })) {
    const token = contentOf(config[field]) ?? usual;
    if (!vocab.has(token)) throw damaged(`it lacks ${token}`, undefined, 'vocab.txt');
  }
  return {
    ...{ added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: { type: 'WordPiece', vocab: Object.fromEntries(vocab) },
  };
}
