import type { BootstrapOptions } from '../measures/bootstrap.js';
import { compareRankings, compareTables, type TableComparison } from '../measures/compare-tables.js';
import type { LoadedVariant } from '../run/load-run.js';
import type { MeasureSettings } from './measure-variant.js';
import type { ComparisonResults } from './results-schema.js';

/** A variant with the images that it was measured on. */
export interface ComparedVariant {
  readonly name: string;
  readonly ids: readonly string[];
  readonly variant: LoadedVariant;
}

/** An image that one of two variants alone has right. */
export interface ChangedImage {
  readonly first: string;
  readonly second: string;
  readonly id: string;
  /** Its labels, one or several. */
  readonly label: string;
  readonly firstAnswer: string;
  readonly secondAnswer: string;
  readonly right: 'first' | 'second';
}

/**
 * Holds each variant against the first. Images that failed in one run and not in another cannot happen to one data set in one process;
 * runs over other rows are not compared.
 */
export function compareVariants(
  [base, ...others]: readonly ComparedVariant[],
  { labelNames, seed, resamples }: MeasureSettings,
): { comparisons: ComparisonResults[]; changes: ChangedImage[] } {
  const comparisons: ComparisonResults[] = [];
  const changes: ChangedImage[] = [];
  for (const other of others) {
    if (base === undefined || base.ids.length !== other.ids.length) continue;
    const { changed, ...rest } = compare(base.variant, other.variant, { seed, resamples });
    comparisons.push({ first: base.name, second: other.name, ...rest, changed: changed.length });
    const nameOf = (label: number | undefined): string => labelNames[label ?? -1] ?? '';
    for (const i of changed) {
      const [firstAnswer, secondAnswer] = [predictedOf(base.variant)[i], predictedOf(other.variant)[i]];
      const truths = truthsOf(base.variant, i);
      changes.push({
        first: base.name,
        second: other.name,
        id: base.ids[i] as string,
        label: truths.map(nameOf).join(', '),
        firstAnswer: nameOf(firstAnswer),
        secondAnswer: nameOf(secondAnswer),
        right: truths.includes(firstAnswer as number) ? 'first' : 'second',
      });
    }
  }
  return { comparisons, changes };
}

type SeveralLabels = Extract<LoadedVariant, { kind: 'several labels' }>;

function compare(first: LoadedVariant, second: LoadedVariant, options: BootstrapOptions): TableComparison {
  if (first.kind === 'one label' && second.kind === 'one label') return compareTables(first.table, second.table, options);
  return compareRankings(first as SeveralLabels, second as SeveralLabels, options); // a data set is of one kind
}

const predictedOf = (variant: LoadedVariant): Int32Array => (variant.kind === 'one label' ? variant.table.predicted : variant.predicted);

const truthsOf = (variant: LoadedVariant, i: number): number[] =>
  variant.kind === 'one label'
    ? [variant.table.truths[i] as number]
    : variant.ranked.flatMap(({ isPositive }, label) => (isPositive[i] === 1 ? [label] : []));
