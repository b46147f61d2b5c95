/** What a list is ordered by, part by part. The last part is an id, so that no two items are equal. */
export type SortKey = readonly (string | number)[];

/** Compares keys part by part; the parts that `isDescending` names come highest first. */
export function compareKeys(a: SortKey, b: SortKey, isDescending: readonly boolean[] = []): number {
  for (let i = 0; i < a.length; i++) {
    const [left, right] = [a[i] as string | number, b[i] as string | number];
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
  items: Iterable<T>,
  {
    keyOf,
    isDescending,
    after,
    count,
  }: { keyOf: (item: T) => SortKey; isDescending?: readonly boolean[]; after?: SortKey | undefined; count: number },
): T[] {
  const page: { item: T; key: SortKey }[] = []; // in order; most items are not on the page, so that not all are sorted
  for (const item of items) {
    const key = keyOf(item);
    if (after !== undefined && compareKeys(key, after, isDescending) <= 0) continue;
    const last = page.at(-1);
    if (page.length === count && last && compareKeys(key, last.key, isDescending) >= 0) continue;
    let [low, high] = [0, page.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareKeys((page[middle] as { key: SortKey }).key, key, isDescending) < 0) low = middle + 1;
      else high = middle;
    }
    page.splice(low, 0, { item, key });
    if (page.length > count) page.pop();
  }
  return page.map(({ item }) => item);
}
