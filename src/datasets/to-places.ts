import type { LabelIndex } from './match-labels.js';

/** Places in `labels`, or what is wrong in words. Several labels may be none; one may not be absent. */
export function toPlaces(value: unknown, labels: LabelIndex): number[] | string {
  const places = new Set<number>();
  for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
    if (one === null || one === undefined || one === '') return 'has no label';
    const place = typeof one === 'string' ? labels.placeOfName(one) : labels.placeOfNumber(Number(one));
    if (place === undefined) {
      const range =
        typeof one === 'string' ? `one of the ${labels.labelNames.length} labels` : `a number from 0 to ${labels.numberCount - 1}`;
      return `has the label ${typeof one === 'string' ? JSON.stringify(one) : String(one)}, not ${range},`;
    }
    places.add(place);
  }
  return [...places];
}
