import { join } from 'node:path';
import { type Embedding, isUnit } from '../core/embedding.js';
import type { EmbeddingCache, EncoderIdentity, KeptEmbedding } from '../core/ports.js';
import { assertLocalFolder } from '../files/local-folder.js';
import { makeFolder } from '../files/make-folder.js';
import { adoptCacheTables } from './adopt-cache-tables.js';
import { inCacheWords, OPTION, openPacks, packsFolder } from './cache-folder.js';
import { digestOf, findInPack, type Pack, type PackFacts, readPack, toRows, writePack } from './cache-pack.js';
import { tidyCache } from './tidy-cache.js';

/** `images` by the hash of their bytes; `labels`: class embeddings by the hash of their prompts. */
export type CacheKind = PackFacts['kind'];

export interface EmbeddingCacheOptions {
  readonly kind: CacheKind;
  readonly encoder: EncoderIdentity;
  /** The size limit of the whole folder on disk. The oldest embeddings are deleted first. */
  readonly maxBytes: number;
}

const ROWS_AT_ONCE = 512;

/**
 * Opens the cached embeddings of one encoder in a folder. Processes can share it: each adds packs, and sees those from when it opened.
 *
 * @throws LabelwiseError `STORE_FAILED`, `DISK_FULL`, `FORMAT_NEWER`
 */
export async function openEmbeddingCache(folder: string, { kind, encoder, maxBytes }: EmbeddingCacheOptions): Promise<EmbeddingCache> {
  assertLocalFolder(folder, OPTION);
  const own = join(folder, packsFolder(kind, encoder));
  const packs = await inCacheWords(folder, async () => {
    await adoptCacheTables(folder);
    return (await openPacks(own)).filter((pack) => pack.kind === kind && pack.encoder.fingerprint === encoder.fingerprint);
  });
  const fresh = new Map<string, KeptEmbedding>(); // made in this run: a picture that comes twice is computed once
  const waiting = new Map<string, KeptEmbedding>();

  function find(key: string): { readonly pack: Pack; readonly place: number } | undefined {
    const digest = digestOf(key);
    for (const pack of packs) {
      const place = findInPack(pack, digest);
      if (place !== undefined) return { pack, place };
    }
    return undefined;
  }

  async function write(): Promise<void> {
    const entries = [...waiting];
    waiting.clear();
    if (entries.length === 0) return;
    await makeFolder(own);
    await writePack(own, { kind, encoder, dimension: (entries[0] as (typeof entries)[number])[1].embedding.length }, toRows(entries));
    await tidyCache(folder, own, maxBytes);
  }

  return {
    has: (key) => fresh.has(key) || find(key) !== undefined,
    async load(keys) {
      const found = new Map<string, KeptEmbedding>();
      const places = new Map<Pack, Map<number, string>>();
      for (const key of new Set(keys)) {
        const made = fresh.get(key);
        const kept = made ? undefined : find(key);
        if (made) found.set(key, made);
        if (kept) places.set(kept.pack, (places.get(kept.pack) ?? new Map<number, string>()).set(kept.place, key));
      }
      await inCacheWords(folder, async () => {
        for (const [pack, wanted] of places)
          for await (const { place, width, height, vector } of readPack(pack, wanted.keys())) {
            const embedding: Embedding = new Float32Array(new Uint8Array(vector).buffer);
            if (isUnit(embedding)) found.set(wanted.get(place) as string, { embedding, width, height });
          }
      });
      return found;
    },
    async keep(entries) {
      for (const [key, entry] of entries) {
        waiting.set(key, entry);
        fresh.set(key, entry);
        if (fresh.size > 4 * ROWS_AT_ONCE) fresh.delete(fresh.keys().next().value as string);
      }
      if (waiting.size >= ROWS_AT_ONCE) await inCacheWords(folder, write);
    },
    close: () => inCacheWords(folder, write),
  };
}
