import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A module of a build's dist. */
export const from = (root, path) => import(pathToFileURL(join(root, 'dist', path)).href);

/** Writes an index of made-up photos with the code of a build, so that an earlier build can read it too. `encoder`: its name and fingerprint. */
export async function writeMadeUpIndex({ root, place, rows, encoder, embeddingOf }) {
  const { openDatabase } = await from(root, 'store/database.js').catch(() => ({ openDatabase: (path) => path })); // builds before Database
  const { openImageIndex, withIndexLock } = await from(root, 'store/image-index.js');
  const database = openDatabase(place);
  const write = async (lock) => {
    const index = await openImageIndex(database, typeof database === 'string' ? undefined : { lock });
    for (let at = 0; at < rows; at += 10_000) {
      const batch = Array.from({ length: Math.min(10_000, rows - at) }, (_, i) => ({
        ...{ path: `/photos/${at + i}.jpg`, content_hash: (at + i).toString(16).padStart(64, '0'), size: 1, mtime: 1, inode: at + i },
        ...{ ctime: 1, width: 1, height: 1, format: 'jpeg', taken_at: null, camera: null, latitude: null, longitude: null },
        ...{ added_at: '2026-01-01T00:00:00.000Z', checked_at: 1, error_code: null, error_message: null, embedding: embeddingOf(at + i) },
      }));
      await index.write(batch, encoder);
    }
    index.close();
  };
  await withIndexLock(database, write, { isNew: true });
  await database.close?.();
}

/** Numbers from -0.5 to 0.5 that look random and are the same in each run. */
export function createRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const t = Math.imul(state ^ (state >>> 15), 1 | state);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32 - 0.5;
  };
}

export function unit(values) {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

/** Embeddings as CLIP has them: a direction that all share, one number of it far larger than the others, clusters, and noise. */
export function createEmbeddings(dimension = 512, clusters = 300) {
  const random = createRandom(11);
  const centres = Array.from({ length: clusters }, () => Float32Array.from({ length: dimension }, random));
  const shared = Float32Array.from({ length: dimension }, random);
  shared[133 % dimension] = 15;
  return (i) => unit(shared.map((value, k) => 2 * value + 0.7 * centres[i % clusters][k] + random()));
}
