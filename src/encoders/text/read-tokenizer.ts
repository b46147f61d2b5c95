import { join } from 'node:path';
import { type Cleaning, tokenizerClassOf } from '../../checkpoints/families.js';
import type { TextFiles } from '../../checkpoints/manifest.js';
import type { TokenizerClass } from '../../checkpoints/tokenizer-class.js';
import { LabelwiseError } from '../../errors.js';
import { readJson } from '../../files/json-file.js';
import { readRegularFile } from '../../files/read-regular-file.js';
import { mergeTokenFiles } from './python/merge-token-files.js';

/** The classes of transformers whose files labelwise can convert, by the model type, for files that name no class. */
const CLASS_OF_FAMILY: Readonly<Record<string, string>> = {
  ...{ clip: 'CLIP', clipseg: 'CLIP', chinese_clip: 'Bert', align: 'Bert', siglip: 'Siglip' },
  ...{ siglip2: 'Siglip2', metaclip_2: 'XLMRoberta', altclip: 'XLMRoberta', open_clip: 'CLIP' },
};

/** The one name of SentencePiece's file that a class reads. */
const FILE_OF_CLASS: Readonly<Record<string, string>> = { XLMRoberta: 'sentencepiece.bpe.model', T5: 'spiece.model' };

/** What tokenizer.json says, or would say, and what the class does to a text before. */
export interface ReadTokenizer {
  readonly json: unknown;
  readonly cleaning?: Cleaning;
  /** What reads it, where it was made from other files. */
  readonly tokenizerClass?: TokenizerClass;
}

/** @throws LabelwiseError `CHECKPOINT_DAMAGED` or `CHECKPOINT_UNSUPPORTED` */
export async function readTokenizer(files: TextFiles): Promise<ReadTokenizer> {
  const { folder, tokenizerFiles, tokenizerConfig, modelType, tokenizerClass } = files;
  const [first = 'tokenizer.json', second] = tokenizerFiles;
  if (first.endsWith('tokenizer.json')) return { json: await readJson(folder, first) };
  const named = tokenizerClassOf(tokenizerConfig)?.replace(/Tokenizer(?:Fast)?$/, '');
  const isKnown = !['file', 'unknown'].includes(tokenizerClass);
  const kind = isKnown ? tokenizerClass : (named ?? CLASS_OF_FAMILY[modelType] ?? 'unknown');
  const { named: tokens } = mergeTokenFiles(files, undefined);
  const names = [...tokens].map(([name, token]) => [name, token?.content ?? null]);
  const config = { ...(tokenizerConfig as object | undefined), ...Object.fromEntries(names) } as Readonly<Record<string, unknown>>;
  const read = (file: string): Promise<Buffer> => readRegularFile(join(folder, file));
  if (second !== undefined && kind === 'CLIP') {
    const { convertClipVocabulary } = await import('./convert/clip-vocabulary.js');
    return { json: convertClipVocabulary(await readJson(folder, first), (await read(second)).toString()), tokenizerClass: 'CLIP' };
  }
  if (first === 'vocab.txt' && /^(?:Distil)?Bert$/.test(kind)) {
    const { convertBertVocabulary } = await import('./convert/bert-vocabulary.js');
    return { json: convertBertVocabulary((await read(first)).toString(), config), tokenizerClass: 'Bert' };
  }
  if (first.endsWith('.model') && (FILE_OF_CLASS[kind] ?? first) === first) {
    const { convertSentencePiece } = await import('./convert/sentencepiece.js');
    const json = await convertSentencePiece(await read(first), { kind, config, file: first });
    const made = { json, tokenizerClass: kind as TokenizerClass };
    return kind === 'Siglip' ? { ...made, cleaning: config.do_lower_case === false ? 'siglip-cased' : 'siglip' } : made;
  }
  throw new LabelwiseError(
    'CHECKPOINT_UNSUPPORTED',
    `labelwise cannot make a tokenizer of the class "${named ?? kind}" from ${tokenizerFiles.join(' and ')}.`,
    {
      hint: "Save tokenizer.json in Python: AutoTokenizer.from_pretrained('NAME').save_pretrained('FOLDER').",
    },
  );
}
