import type { TextFiles } from '../../checkpoints/manifest.js';
import { loadCleaner } from './clean/clean-text.js';
import { readTokenizer } from './read-tokenizer.js';
import type { TextTokenizer } from './text-tokenizer.js';

/** Builds the tokenizer of a checkpoint; the library is imported only now. @throws LabelwiseError `CHECKPOINT_DAMAGED` */
export async function loadTokenizer(files: TextFiles): Promise<TextTokenizer> {
  const [{ createTextTokenizer }, { json, cleaning, tokenizerClass = files.tokenizerClass }] = await Promise.all([
    import('./text-tokenizer.js'),
    readTokenizer(files),
  ]);
  const { textConfig, family, tokenizerConfig, specialTokensMap, addedTokens, tokenizerFiles } = files;
  const isConverted = !tokenizerFiles[0]?.endsWith('tokenizer.json');
  const clean = await loadCleaner(family.cleaning ?? cleaning);
  const tokenizer = family.cleaning === 'lower' ? (await import('./convert/open-clip-names.js')).withOpenClipNames(json) : json;
  const tokens = { tokenizerConfig, specialTokensMap, addedTokens };
  return createTextTokenizer({ tokenizer, ...tokens, tokenizerClass, isConverted, textConfig, family, clean });
}
