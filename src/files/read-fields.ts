/** What a field of a stored object has to be, and its value where it is missing; without one it may be missing. */
interface FieldRule {
  readonly is: (value: unknown) => boolean;
  readonly or?: unknown;
  readonly isNeeded?: true;
}

export const isText = (value: unknown): boolean => typeof value === 'string';
export const isNumber = (value: unknown): boolean => typeof value === 'number';
export const isFlag = (value: unknown): boolean => typeof value === 'boolean';
export const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

/**
 * The fields of an object that labelwise wrote, in the order of the rules and without any others; undefined where one is wrong. A search reads
 * a few such objects before it does anything, and zod takes longer to load than the search.
 */
export function readFields<T>(value: unknown, rules: { readonly [K in keyof T]-?: FieldRule }): T | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const found: Record<string, unknown> = {};
  for (const [name, { is, or, isNeeded }] of Object.entries<FieldRule>(rules)) {
    const field = (value as Record<string, unknown>)[name] ?? or;
    if (field === undefined) {
      if (isNeeded) return undefined;
    } else if (is(field)) found[name] = field;
    else return undefined;
  }
  return found as T;
}
