import type { z } from 'zod';
import { LabelwiseError } from '../../errors.js';
import { type FieldRules, refuseUnknownFields } from '../../files/field-rules.js';

/** Which object of a configuration is read, and what is known of the fields that its schema leaves out. */
export interface ConfigPart {
  readonly where: string;
  readonly fields: FieldRules;
}

/** Reads a configuration by its schema. @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` with the field that cannot be */
export function parseConfig<S extends z.ZodObject>(schema: S, json: unknown, { where, fields }: ConfigPart): z.infer<S> {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new LabelwiseError('CHECKPOINT_UNSUPPORTED', `${[where, ...(issue?.path ?? [])].join('.')}: ${issue?.message}.`, {
      hint: 'Compare config.json (or open_clip_config.json) with the one in the repository on the hub.',
    });
  }
  refuseUnknownFields(json, Object.keys(schema.shape), fields, where);
  return parsed.data;
}
