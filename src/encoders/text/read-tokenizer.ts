import { join } from 'node:path';
import { type Cleaning, tokenizerClassOf } from '../../checkpoints/families.js';
import type { TextFiles } from '../../checkpoints/manifest.js';
import { LabelwiseError } from '../../errors.js';
import { readJson } from '../../files/json-file.js';
import { readRegularFile } from '../../files/read-regular-file.js';

/** The classes of transformers whose files labelwise can convert, by the model type, for files that name no class. */
const CLASS_OF_FAMILY: Readonly<Record<string, string>> = {
  ...{ clip: 'CLIP', clipseg: 'CLIP', chinese_clip: 'Bert', align: 'Bert', siglip: 'Siglip' },
  ...{ siglip2: 'Siglip2', metaclip_2: 'XLMRoberta', altclip: 'XLMRoberta', open_clip: 'CLIP' },
};

/** What tokenizer.json says, or would say, and what the class does to a text before. */
export interface ReadTokenizer {
  readonly json: unknown;
  readonly cleaning?: Cleaning;
}

/** @throws LabelwiseError `CHECKPOINT_DAMAGED` or `CHECKPOINT_UNSUPPORTED` */
export async function readTokenizer({ folder, tokenizerFiles, tokenizerConfig, modelType }: TextFiles): Promise<ReadTokenizer> {
  const [first = 'tokenizer.json', second] = tokenizerFiles;
  if (first.endsWith('tokenizer.json')) return { json: await readJson(folder, first) };
  const named = tokenizerClassOf(tokenizerConfig)?.replace(/Tokenizer(?:Fast)?$/, '');
  const kind = named ?? CLASS_OF_FAMILY[modelType] ?? 'unknown';
  const config = (tokenizerConfig ?? {}) as Readonly<Record<string, unknown>>;
  const read = (file: string): Promise<Buffer> => readRegularFile(join(folder, file));
  if (second !== undefined && kind === 'CLIP') {
    const { convertClipVocabulary } = await import('./convert/clip-vocabulary.js');
    return { json: convertClipVocabulary(await readJson(folder, first), (await read(second)).toString(), config) };
  }
  if (first === 'vocab.txt' && /^(?:Distil)?Bert$/.test(kind)) {
    const { convertBertVocabulary } = await import('./convert/bert-vocabulary.js');
    return { json: convertBertVocabulary((await read(first)).toString(), config) };
  }
  if (first.endsWith('.model')) {
    const { convertSentencePiece } = await import('./convert/sentencepiece.js');
    const json = await convertSentencePiece(await read(first), { kind, config, file: first });
    return kind === 'Siglip' ? { json, cleaning: config.do_lower_case === false ? 'siglip-cased' : 'siglip' } : { json };
  }
  throw new LabelwiseError(
    'CHECKPOINT_UNSUPPORTED',
    `labelwise cannot make a tokenizer of the class "${named ?? kind}" from ${tokenizerFiles.join(' and ')}.`,
    {
      hint: "Save tokenizer.json in Python: AutoTokenizer.from_pretrained('NAME').save_pretrained('FOLDER').",
    },
  );
}
