/** What a list is ordered by, part by part. The last part is an id, so that no two items are equal. */
export type SortKey = readonly (string | number)[];

/** Compares keys part by part; the parts that `isDescending` names come highest first. */
export function compareKeys(a: SortKey, b: SortKey, isDescending: readonly boolean[] = []): number {
  for (const [i, left] of a.entries()) {
    const right = b[i] as typeof left;
    if (left !== right) return left < right === !isDescending[i] ? -1 : 1;
  }
  return 0;
}

/**
 * The `count` items that come after a key. An item whose key stays the same is on one page only, whatever comes or goes between pages.
 *
 * @param after the key of the last item of the page before
 */
export function pageAfter<T>(
  items: readonly T[],
  {
    keyOf,
    isDescending,
    after,
    count,
  }: { keyOf: (item: T) => SortKey; isDescending?: readonly boolean[]; after?: SortKey | undefined; count: number },
): T[] {
  return items
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => after === undefined || compareKeys(key, after, isDescending) > 0)
    .sort((a, b) => compareKeys(a.key, b.key, isDescending))
    .slice(0, count)
    .map(({ item }) => item);
}
