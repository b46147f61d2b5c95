import type { ScoreTable } from './score-table.js';

/** How often images of one label were given another (or the same): a cell of the confusion matrix. */
export interface ConfusionCell {
  readonly truth: number;
  readonly predicted: number;
  readonly images: number;
}

/** The cells of the confusion matrix that are not 0, by truth, then by answer. */
export function confusionCells({ truths, predicted, labelCount }: ScoreTable): ConfusionCell[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < truths.length; i++) {
    const cell = (truths[i] as number) * labelCount + (predicted[i] as number);
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([cell, images]) => ({ truth: Math.floor(cell / labelCount), predicted: cell % labelCount, images }));
}

/** The most frequent mistakes, in descending order. Equally frequent ones keep their order. */
export function mostConfused<C extends { readonly truth: unknown; readonly predicted: unknown; readonly images: number }>(
  cells: readonly C[],
  most: number,
): C[] {
  return cells
    .filter(({ truth, predicted }) => truth !== predicted)
    .sort((a, b) => b.images - a.images)
    .slice(0, most);
}
