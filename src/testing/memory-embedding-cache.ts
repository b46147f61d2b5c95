import type { EmbeddingCache, KeptEmbedding } from '../core/ports.js';

/** An in-memory cache of embeddings; `entries` shows its content. */
export function createMemoryEmbeddingCache(): EmbeddingCache & { readonly entries: ReadonlyMap<string, KeptEmbedding> } {
  const entries = new Map<string, KeptEmbedding>();
  return {
    entries,
    has: (key) => entries.has(key),
    load: async (keys) => new Map(keys.flatMap((key) => (entries.has(key) ? [[key, entries.get(key) as KeptEmbedding]] : []))),
    async keep(more) {
      for (const [key, entry] of more) entries.set(key, entry);
    },
    async close() {},
  };
}
