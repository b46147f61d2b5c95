import type { Cleaning } from '../../../checkpoints/families.js';

/** White space as Python's str.split() and `\s` know it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python takes some of them for white space
const SPACES = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

const collapse = (text: string): string => text.replace(SPACES, ' ').replace(/^ | $/g, '');
/** big_vision's canonicalize_text, as SigLIP's texts were trained on. */
const canonicalize = (text: string): string => collapse(text.replaceAll('_', ' ').replace(PUNCTUATION, '').toLowerCase());

/** What is done to each text before it is cut into tokens. The tables are read only for models that need them. */
export async function loadCleaner(cleaning: Cleaning | undefined): Promise<(text: string) => string> {
  if (cleaning === undefined) return (text) => text;
  if (cleaning === 'siglip') return (text) => collapse(text.toLowerCase().replace(PUNCTUATION, ''));
  if (cleaning === 'siglip-cased') return (text) => collapse(text.replace(PUNCTUATION, ''));
  if (cleaning === 'immich') return collapse;
  if (cleaning === 'immich-canonical') return (text) => collapse(text).replace(PUNCTUATION, '').toLowerCase();
  const { loadFixer } = await import('./fix-text.js');
  const fix = await loadFixer();
  const finish = { whitespace: collapse, lower: (text: string) => collapse(text).toLowerCase(), canonicalize }[cleaning];
  return (text) => finish(isPlain(text) ? text : fix(text));
}

/** Most texts: nothing in them can be an entity, a control character or wrongly decoded. */
const isPlain = (text: string): boolean => /^[\t\n\x20-%'-~]*$/.test(text);
