import type { EmbeddingCache, EncoderIdentity } from '../core/ports.js';
import { LabelwiseError } from '../errors.js';
import { openEmbeddingCache as openPackedCache } from './embedding-cache.js';

/** Where embeddings are kept between runs, and how much of them. */
export interface CacheSettings {
  readonly folder: string;
  /** The most bytes on disk; the oldest embeddings go first. */
  readonly maxBytes: number;
  readonly onWarning?: ((message: string) => void) | undefined;
}

export const DEFAULT_CACHE_BYTES = 2 * 2 ** 30;

/**
 * Opens the cache of one encoder's images or class embeddings. A full, read-only or broken folder costs the next run some time and this one
 * nothing: it is said once, and the work goes on without.
 */
export async function openEmbeddingCache(
  settings: CacheSettings,
  kind: 'images' | 'labels',
  encoder: EncoderIdentity,
): Promise<EmbeddingCache | undefined> {
  const { folder, maxBytes, onWarning } = settings;
  let isBroken = false;
  async function orWarn<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (isBroken) return undefined;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LabelwiseError)) throw error;
      isBroken = true;
      onWarning?.(`Embeddings are not kept for the next run: ${error.message}${error.hint ? ` ${error.hint}` : ''}`);
      return undefined;
    }
  }
  const cache = await orWarn(() => openPackedCache(folder, { kind, encoder, maxBytes }));
  return (
    cache && {
      has: (key) => !isBroken && cache.has(key),
      load: async (keys) => (await orWarn(() => cache.load(keys))) ?? new Map(),
      keep: async (entries) => void (await orWarn(() => cache.keep(entries))),
      close: async () => void (await orWarn(() => cache.close())),
    }
  );
}
