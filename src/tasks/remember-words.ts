import type { Embedding } from '../core/embedding.js';
import type { TextEncoder } from '../core/ports.js';
import type { PromptTemplate } from '../core/prompt-template.js';

/** The words of the templates that were used last. 1,000 words take 2 to 4 MB. */
const kept = new WeakMap<TextEncoder, Map<string, readonly Embedding[]>>();
const MOST_KEPT = 8;

/** Embeddings of words that every list of labels is held against: embedded once for an encoder and its templates, with a cache or without. */
export async function rememberWords(
  encoder: TextEncoder,
  { name, templates }: { readonly name: string; readonly templates: readonly PromptTemplate[] },
  embed: () => Promise<readonly Embedding[]>,
): Promise<readonly Embedding[]> {
  const key = JSON.stringify([name, templates]);
  const known = kept.get(encoder)?.get(key);
  if (known) return known;
  const embeddings = await embed();
  const own = kept.get(encoder) ?? new Map<string, readonly Embedding[]>();
  kept.set(encoder, own.set(key, embeddings));
  if (own.size > MOST_KEPT) own.delete(own.keys().next().value as string);
  return embeddings;
}
