import { z } from '@hono/zod-openapi';
import { isUnit } from '../core/embedding.js';
import type { SearchPosition } from '../tasks/search/page-search.js';
import { RequestProblem } from './problem.js';

/** A cursor is opaque to clients: the request that it goes on with, and where the page before ended. */
const toText = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');

function fromText<T>(text: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw invalid();
  }
}

const invalid = (): RequestProblem =>
  new RequestProblem(400, 'CURSOR_INVALID', 'Expected `cursor` to be the `nextCursor` of an answer, got something else.', {
    hint: 'Begin again without a cursor.',
  });

const keySchema = z.array(z.union([z.string(), z.number()])).max(3);

export const encodeListCursor = (request: object, from: readonly (string | number)[]): string => toText({ request, from });

export function decodeListCursor<T>(text: string, requestSchema: z.ZodType<T>): { request: T; from: (string | number)[] } {
  return fromText(text, z.object({ request: requestSchema, from: keySchema.length(3) }));
}

const positionSchema = z.object({
  query: z.string().optional(),
  fingerprint: z.string(),
  minSimilarity: z.number(),
  after: keySchema.min(2),
  seen: z.int().min(0),
});

export function encodeSearchCursor(request: object, { query, ...position }: SearchPosition): string {
  const bytes = query && Buffer.from(query.buffer, query.byteOffset, query.byteLength).toString('base64url');
  return toText({ request, from: { ...position, query: bytes } });
}

export function decodeSearchCursor<T>(text: string, requestSchema: z.ZodType<T>): { request: T; from: SearchPosition } {
  const { request, from } = fromText(text, z.object({ request: requestSchema, from: positionSchema }));
  if (from.query === undefined) return { request, from: { ...from, query: undefined } };
  const bytes = Uint8Array.from(Buffer.from(from.query, 'base64url')); // a copy, so that it begins where a number may
  if (bytes.length % 4 !== 0) throw invalid();
  const query = new Float32Array(bytes.buffer);
  if (!isUnit(query)) throw invalid();
  return { request, from: { ...from, query } };
}
