import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncoderIdentity } from '../core/ports.js';
import { assertLocalFolder } from '../files/local-folder.js';
import { inOutputWords } from '../files/output-fault.js';
import { adoptCacheTables, OLD_TABLE } from './adopt-cache-tables.js';
import { inCacheWords, namesIn, OPTION, openPacks, PACKS } from './cache-folder.js';
import type { CacheKind } from './embedding-cache.js';
import { folderBytes } from './folder-bytes.js';

/** The embeddings of one kind and encoder in the cache, for people. */
export interface CacheSummary {
  readonly table: string;
  readonly kind: CacheKind;
  readonly encoder: EncoderIdentity;
  readonly embeddings: number;
  readonly bytes: number;
}

/** What the cache in a folder holds. @throws LabelwiseError `STORE_FAILED` when it cannot be read, `FORMAT_NEWER` */
export async function listEmbeddingCache(folder: string): Promise<CacheSummary[]> {
  assertLocalFolder(folder, OPTION);
  return inCacheWords(folder, async () => {
    await adoptCacheTables(folder);
    const summaries: CacheSummary[] = [];
    for (const name of (await namesIn(folder)).filter((entry) => PACKS.test(entry)).sort()) {
      const packs = await openPacks(join(folder, name));
      const embeddings = packs.reduce((sum, { rows }) => sum + rows, 0);
      const [first] = packs;
      const bytes = await folderBytes(join(folder, name));
      if (first) summaries.push({ table: name.replace(/\.packs$/, ''), kind: first.kind, encoder: first.encoder, embeddings, bytes });
    }
    return summaries;
  });
}

/**
 * Empties the cache, or one kind of it, even if it is damaged, and returns the bytes that were freed. Other files in its folder stay.
 *
 * @throws LabelwiseError `OUTPUT_UNWRITABLE`
 */
export async function clearEmbeddingCache(folder: string, kind?: CacheKind): Promise<number> {
  const before = await folderBytes(folder);
  await inOutputWords(folder, `choose another folder with ${OPTION}`, async () => {
    const isOurs = (name: string): boolean =>
      (PACKS.test(name) || OLD_TABLE.test(name)) && (kind === undefined || name.startsWith(`${kind}-`));
    const entries = await namesIn(folder);
    const kept = entries.filter((name) => !isOurs(name));
    const isAll = kept.every((name) => OF_FOLDER.includes(name));
    for (const name of isAll ? entries : entries.filter(isOurs)) await rm(join(folder, name), { recursive: true, force: true });
    if (isAll && entries.length > 0) await rmdir(folder);
  });
  return before - (await folderBytes(folder));
}

/** What else labelwise makes in the folder: the lock of `tidyCache`, and LanceDB's list of tables beside tables of format 1. */
const OF_FOLDER = ['__manifest', 'tidy.lock'];
