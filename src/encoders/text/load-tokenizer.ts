import type { TextFiles } from '../../checkpoints/manifest.js';
import { readTokenizer } from './read-tokenizer.js';
import type { TextTokenizer } from './text-tokenizer.js';

/** Builds the tokenizer of a checkpoint; the library is imported only now. @throws LabelwiseError `CHECKPOINT_DAMAGED` */
export async function loadTokenizer(files: TextFiles): Promise<TextTokenizer> {
  const [{ createTextTokenizer }, tokenizer] = await Promise.all([import('./text-tokenizer.js'), readTokenizer(files)]);
  return createTextTokenizer({ tokenizer, tokenizerConfig: files.tokenizerConfig, textConfig: files.textConfig, family: files.family });
}
