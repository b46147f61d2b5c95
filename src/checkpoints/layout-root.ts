import { LabelwiseError } from '../errors.js';

/** Where sentence-transformers keeps the CLIP of a model. */
const SENTENCE_TRANSFORMERS = '0_CLIPModel/';
export const MODULES = 'modules.json';

/** The folder of the checkpoint inside a repository: most have it at the top. */
export function layoutRoot(listing: readonly string[]): '' | typeof SENTENCE_TRANSFORMERS {
  const has = (path: string): boolean => listing.includes(path);
  const isPlain = has('config.json') || has('open_clip_config.json');
  return !isPlain && has(`${SENTENCE_TRANSFORMERS}config.json`) ? SENTENCE_TRANSFORMERS : '';
}

/** The listing of that folder. */
export const belowRoot = (listing: readonly string[], root: string): string[] =>
  listing.filter((path) => path.startsWith(root)).map((path) => path.slice(root.length));

/** Refuses a model of sentence-transformers that does more than CLIP: its later modules change the embedding. */
export function refuseOtherModules(name: string, modules: unknown): void {
  const types = Array.isArray(modules) ? modules.map((entry) => String((entry as { type?: unknown } | null)?.type)) : [];
  const other = types.find((type) => !/\.(?:CLIPModel|Normalize)$/.test(type));
  if (types.length > 0 && other === undefined) return;
  throw new LabelwiseError(
    'CHECKPOINT_UNSUPPORTED',
    `${name} is a model of sentence-transformers with ${other === undefined ? 'no modules' : `the module "${other}"`}, and labelwise runs CLIP alone.`,
    { hint: 'Use the CLIP model that it was made from.' },
  );
}
