import { LabelwiseError } from '../errors.js';

/** What is known of the fields of a configuration object beside those that its schema reads. */
export interface FieldRules {
  /** Fields that do not change an embedding here, by the reason why. */
  readonly harmless: Readonly<Record<string, readonly string[]>>;
  /** Fields that are not supported, with the values that switch them off. */
  readonly off: Readonly<Record<string, readonly unknown[]>>;
}

/** How a field is treated: `refused` unless it has one of its values in `off`. */
export type FieldUse = 'read' | 'harmless' | 'refused';

/** What happens to a field. Names that begin with an underscore are notes of the program that wrote the file. */
export function useOfField(field: string, read: readonly string[], { harmless }: FieldRules): FieldUse {
  if (read.includes(field)) return 'read';
  return field.startsWith('_') || Object.values(harmless).some((names) => names.includes(field)) ? 'harmless' : 'refused';
}

/**
 * Refuses a field that is neither read nor known to be harmless: it could change the result.
 *
 * @param where the file, and the object inside it: `config.json: vision_config`
 * @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` with the field and its value
 */
export function refuseUnknownFields(json: unknown, read: readonly string[], rules: FieldRules, where: string): void {
  if (typeof json !== 'object' || json === null) return;
  for (const [field, value] of Object.entries(json)) {
    if (useOfField(field, read, rules) !== 'refused' || value === undefined || value === null) continue;
    if (rules.off[field]?.some((off) => JSON.stringify(off) === JSON.stringify(value))) continue;
    const shown = JSON.stringify(value);
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `${where}: labelwise does not support "${field}" (${shown.length > 60 ? `${shown.slice(0, 57)}...` : shown}).`,
      {
        hint: 'It may change the embeddings, so it is not ignored. Use another version of the model: an ONNX export, or the layout of transformers.',
      },
    );
  }
}
