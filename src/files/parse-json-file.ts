import type { z } from 'zod';
import { LabelwiseError } from '../errors.js';

/**
 * What a JSON file of a checkpoint says, by its schema.
 *
 * @throws LabelwiseError `CHECKPOINT_DAMAGED` where it is no object, `CHECKPOINT_UNSUPPORTED` with the field that is not understood
 */
export function parseJsonFile<T>(schema: z.ZodType<T>, json: unknown, file: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  const field = issue?.path.join('.') || undefined;
  throw new LabelwiseError(
    isObject ? 'CHECKPOINT_UNSUPPORTED' : 'CHECKPOINT_DAMAGED',
    `${[file, field, issue?.message].filter((part) => part !== undefined).join(': ')}.`,
    { hint: 'Compare the file with the one in the repository on the hub.' },
  );
}
