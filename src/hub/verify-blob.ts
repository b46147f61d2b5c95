import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { HubFile } from './hub-client.js';

/** Whether a file on disk has the size and the hash that its name in the cache says: SHA-256, or git's SHA-1 of a blob. */
export async function isBlobWhole(path: string, file: HubFile): Promise<boolean> {
  if ((await stat(path)).size !== file.size) return false;
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(file.blobName)) return false;
  const isGit = file.blobName.length === 40;
  const hash = createHash(isGit ? 'sha1' : 'sha256');
  if (isGit) hash.update(`blob ${file.size}\0`);
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex') === file.blobName;
}
