import type { Scope } from './keys.js';

/** Routes under /v1 that read, though their method is POST. */
const READING = new Set(['/v1/classify', '/v1/rank', '/v1/embeddings', '/v1/embeddings_image', '/v1/search']);

/** What a request needs a key for. Under /v1, whatever is not known to read, writes. */
export function scopeOf(method: string, path: string): Scope {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return 'read';
  const isOurs = path === '/v1' || path.startsWith('/v1/');
  return isOurs && !READING.has(path) ? 'write' : 'read';
}
