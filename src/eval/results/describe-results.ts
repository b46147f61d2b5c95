import { renderTable } from '../../files/table.js';
import { formatInterval, formatPointInterval, formatPoints, formatPValue, formatValue, headlineFigures } from './format-figure.js';
import type { Results, VariantResults } from './results-schema.js';
import { describeClass, describePairs, describeSpeed, extremeClasses } from './summary.js';

/** What an evaluation found, in lines for people. */
export function describeResults(results: Results, bold: (text: string) => string): string[] {
  const { data, images, labels, variants } = results;
  const failed = images.failed === 0 ? '' : `, ${images.failed} could not be used`;
  const title = `${data.name}${data.split === null ? '' : ` (${data.split})`}: ${images.measured.toLocaleString('en')} images, ${labels.names.length.toLocaleString('en')} labels${failed}`;
  const [first, ...others] = variants as [VariantResults];
  return [bold(title), '', ...(others.length === 0 ? describeOne(first) : describeSeveral(results)), '', `labels: ${labels.source}`];
}

function describeOne(variant: VariantResults): string[] {
  const { model, templates } = variant;
  const rows = headlineFigures(variant).map(({ name, estimate, isShare }) => [
    name,
    formatValue(estimate.value, isShare),
    formatInterval(estimate, isShare),
  ]);
  const { worst, best } = extremeClasses(variant, 3);
  const listed = (classes: typeof worst): string => classes.map((row) => `${row.label} ${describeClass(row)}`).join(', ');
  return [
    `${model.name}, ${templates.length === 1 ? `prompt "${templates[0]}"` : `${templates.length} prompts`}, ${model.dtype} on ${model.device}`,
    '',
    ...renderTable(['', 'figure', '95 % interval'], rows, [1, 2]),
    '',
    `worst: ${listed(worst)}`,
    `best: ${listed(best)}`,
    ...(variant.confusedPairs.length === 0 ? [] : [`confused: ${describePairs(variant)}`]),
    `speed: ${describeSpeed(variant)}`,
  ];
}

function describeSeveral({ variants, comparisons }: Results): string[] {
  const names = headlineFigures(variants[0] as VariantResults).map(({ name }) => name);
  const rows = variants.map((variant) => [
    variant.name,
    ...headlineFigures(variant).flatMap(({ estimate, isShare }, i) =>
      i === 0 ? [formatValue(estimate.value, isShare), formatInterval(estimate, isShare)] : [formatValue(estimate.value, isShare)],
    ),
  ]);
  const [headline = '', ...rest] = names;
  const table = renderTable(['', headline, '95 % interval', ...rest], rows, [1, 2, ...rest.map((_, i) => i + 3)]);
  if (comparisons.length === 0) return table;
  const compared = comparisons.map(({ second, difference, onlyFirst, onlySecond, pValue }) => [
    second,
    formatPoints(difference.value),
    formatPointInterval(difference),
    `+${onlySecond} -${onlyFirst}`,
    formatPValue(pValue),
  ]);
  return [
    ...table,
    '',
    ...renderTable(
      [`against ${comparisons[0]?.first}`, comparisons[0]?.figure ?? '', '95 % interval', 'gained and lost', 'McNemar p'],
      compared,
      [1, 2, 3, 4],
    ),
  ];
}
