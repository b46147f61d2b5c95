/**
 * The positions of the `k` largest values, largest first; equal values keep their order, NaN comes last.
 * A bounded insertion: no copy of `values` is sorted, so 10,000 labels and k = 10 cost one pass.
 */
export function topK(values: Float32Array, k: number): number[] {
  const kept: number[] = [];
  const limit = Math.min(k, values.length);
  if (limit <= 0) return kept;
  const valueAt = (position: number): number => {
    const value = values[position] as number;
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  };
  if (limit > 64)
    return Array.from(values.keys(), (i) => i)
      .sort((a, b) => valueAt(b) - valueAt(a) || a - b)
      .slice(0, limit);
  for (let i = 0; i < values.length; i++) {
    const value = valueAt(i);
    if (kept.length === limit && value <= valueAt(kept[limit - 1] as number)) continue;
    let place = kept.length === limit ? limit - 1 : kept.length;
    while (place > 0 && valueAt(kept[place - 1] as number) < value) {
      kept[place] = kept[place - 1] as number;
      place--;
    }
    kept[place] = i;
  }
  return kept;
}
