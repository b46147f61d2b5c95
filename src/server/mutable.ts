/** A type as answers declare it: what a task gives is readonly, and JSON does not care. */
export type Mutable<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? Mutable<Item>[]
    : { -readonly [Key in keyof T]: Mutable<T[Key]> };

export const mutable = <T>(value: T): Mutable<T> => value as Mutable<T>;
