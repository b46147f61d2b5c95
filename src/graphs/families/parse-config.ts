import type { z } from 'zod';
import { LabelwiseError } from '../../errors.js';

/** Reads a configuration by its schema. @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` with the field that cannot be */
export function parseConfig<T>(schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new LabelwiseError(
    'CHECKPOINT_UNSUPPORTED',
    `The checkpoint's configuration: ${issue?.path.join('.') || 'it'}: ${issue?.message}.`,
    {
      hint: 'Compare config.json (or open_clip_config.json) with the one in the repository on the hub.',
    },
  );
}
