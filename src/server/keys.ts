import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { LabelwiseError, messageOf } from '../errors.js';
import { RequestProblem } from './problem.js';

/** What a key may do. `write` includes `read`. */
export type Scope = 'read' | 'write';

const keysSchema = z.array(
  z.strictObject({ name: z.string().min(1), scope: z.enum(['read', 'write']), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
);

/** A key as it is kept: its hash alone. */
export type ApiKey = z.infer<typeof keysSchema>[number];

/** Reads the keys that a service accepts. @throws LabelwiseError `CONFIG_INVALID` */
export async function readKeys(path: string): Promise<ApiKey[]> {
  const fail = (what: string, cause?: unknown): never => {
    throw new LabelwiseError('CONFIG_INVALID', `The keys in ${path} cannot be used: ${what}.`, {
      hint: 'Make a line for it with: labelwise serve --new-key NAME. The file holds a JSON array of such lines.',
      cause,
    });
  };
  const text = await readFile(path, 'utf8').catch((error: unknown) => fail(messageOf(error), error));
  let keys: unknown;
  try {
    keys = JSON.parse(text);
  } catch (error) {
    fail('it is not JSON', error);
  }
  const parsed = keysSchema.safeParse(keys);
  if (!parsed.success) return fail('expected an array of { name, scope: "read" or "write", sha256 }');
  if (parsed.data.length === 0) return fail('the list is empty');
  return parsed.data;
}

/** A new key, and what is kept of it. The key itself is shown once. */
export function newKey(name: string, scope: Scope): { readonly key: string; readonly kept: ApiKey } {
  const key = `lw_${randomBytes(24).toString('base64url')}`;
  return { key, kept: { name, scope, sha256: hash(key).toString('hex') } };
}

const hash = (key: string): Buffer => createHash('sha256').update(key).digest();

/** Refuses a request without a key for `scope`, and gives its key. Every key is compared, in constant time. */
export function assertAllowed(
  keys: readonly ApiKey[] | undefined,
  headers: { authorization?: string | undefined; apiKey?: string | undefined },
  scope: Scope,
): ApiKey | undefined {
  if (keys === undefined) return undefined;
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? headers.apiKey;
  if (given === undefined)
    throw new RequestProblem(401, 'KEY_MISSING', 'Expected a key, got none.', {
      hint: 'Send it as "Authorization: Bearer KEY" or "X-API-Key: KEY".',
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  const digest = hash(given);
  let found: ApiKey | undefined;
  for (const key of keys) if (timingSafeEqual(digest, Buffer.from(key.sha256, 'hex'))) found = key;
  if (!found)
    throw new RequestProblem(401, 'KEY_UNKNOWN', 'This key is not known here.', {
      headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
    });
  if (scope === 'write' && found.scope === 'read') throw new RequestProblem(403, 'KEY_READ_ONLY', `The key "${found.name}" may only read.`);
  return found;
}
