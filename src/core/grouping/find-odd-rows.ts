/** Below the middle half by as much as that is wide: one of 40, where similarities scatter evenly about their mean (Tukey takes 1.5, and finds hardly any). */
const FENCE = 1;

/**
 * Rows that fit no group: less like the centre of their own than nearly all rows are like theirs, or alone in their group. The oddest first.
 *
 * @param groupOf the group of each row
 * @param similarities of each row to the centre of its group
 */
export function findOddRows(groupOf: Int32Array, similarities: Float32Array): number[] {
  const sizes = new Map<number, number>();
  for (const group of groupOf) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const company = [...groupOf.keys()].filter((row) => (sizes.get(groupOf[row] as number) as number) > 1);
  const sorted = Float32Array.from(company, (row) => similarities[row] as number).sort();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const fence = at(0.25) - FENCE * (at(0.75) - at(0.25));
  const alone = [...groupOf.keys()].filter((row) => sizes.get(groupOf[row] as number) === 1);
  const far = company.filter((row) => (similarities[row] as number) < fence);
  return [...far.sort((a, b) => (similarities[a] as number) - (similarities[b] as number)), ...alone];
}
