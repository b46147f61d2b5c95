import type { EstimateResults, VariantResults } from './results-schema.js';

/** A share for people: "53.8 %". */
export const percent = (value: number, digits = 1): string => `${(value * 100).toFixed(digits)} %`;

/** One headline figure with its name. */
export interface NamedFigure {
  readonly name: string;
  readonly estimate: EstimateResults;
  /** Shares are shown in per cent, others as they are. */
  readonly isShare: boolean;
  /** Whether less is better. */
  readonly isError: boolean;
}

/** The headline figures of a variant, the most telling first. */
export function headlineFigures({ measures }: VariantResults): NamedFigure[] {
  const share = { isShare: true, isError: false };
  const { meanPerClassRecall, negativeLogLikelihood, expectedCalibrationError, meanAveragePrecision } = measures;
  return [
    ...(meanAveragePrecision ? [{ name: 'mean average precision', estimate: meanAveragePrecision, ...share }] : []),
    ...measures.topK.map(({ k, ...estimate }) => ({ name: `top-${k}`, estimate, ...share })),
    ...(meanPerClassRecall ? [{ name: 'mean per-class recall', estimate: meanPerClassRecall, ...share }] : []),
    ...(expectedCalibrationError ? [{ name: 'calibration error', estimate: expectedCalibrationError, isShare: true, isError: true }] : []),
    ...(negativeLogLikelihood ? [{ name: 'negative log-likelihood', estimate: negativeLogLikelihood, isShare: false, isError: true }] : []),
  ];
}

export const formatValue = (value: number, isShare: boolean): string => (isShare ? percent(value) : value.toFixed(3));

/** "49.4 to 58.2 %" */
export function formatInterval({ low, high }: EstimateResults, isShare: boolean): string {
  return isShare ? `${(low * 100).toFixed(1)} to ${percent(high)}` : `${low.toFixed(3)} to ${high.toFixed(3)}`;
}

/** How far two shares are apart: "1.2 percentage points". */
export const formatPoints = (value: number): string => `${(value * 100).toFixed(1)} percentage points`;

/** "-0.4 to 2.8 percentage points" */
export const formatPointInterval = ({ low, high }: EstimateResults): string => `${(low * 100).toFixed(1)} to ${formatPoints(high)}`;

/** A p-value for people. */
export const formatPValue = (value: number): string => (value < 0.0001 ? '< 0.0001' : value.toFixed(4));
