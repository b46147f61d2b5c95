import { formatCount } from '../../core/format-count.js';
import { formatInterval, formatPointInterval, formatPoints, formatPValue, formatValue, headlineFigures, percent } from './format-figure.js';
import type { Results, VariantResults } from './results-schema.js';

/** summary.md: the results for a pull request, an issue or a README. */
export function toMarkdown(results: Results): string {
  const { data, images, variants, comparisons, labels, settings, versions } = results;
  const [first] = variants as [VariantResults];
  const columns = headlineFigures(first).map(({ name }) => name);
  const split = data.split === null ? '' : `, split ${data.split}`;
  const failed = images.failed === 0 ? '' : `; ${images.failed} could not be used`;
  return `${[
    `# ${cell(data.name)}${cell(split)}`,
    '',
    `${images.measured.toLocaleString('en')} images, ${labels.names.length.toLocaleString('en')} labels${failed}. In brackets the 95 % bootstrap interval.`,
    '',
    `| | ${columns.join(' | ')} |`,
    `|---|${columns.map(() => '---').join('|')}|`,
    ...variants.map((variant) => `| ${cell(variant.name)} | ${headlineFigures(variant).map(withInterval).join(' | ')} |`),
    ...(comparisons.length === 0 ? [] : ['', ...comparisonTable(results)]),
    ...(first.confusedPairs.length === 0 ? [] : ['', ...confusedTable(first)]),
    '',
    '## How it was measured',
    '',
    ...variants.map(
      ({ name, model, templates }) =>
        `- ${cell(name)}: model ${cell(model.name)} (${model.fingerprint}, ${model.dtype}), ${templates.length === 1 ? `prompt \`${templates[0]}\`` : `${templates.length} prompts`}`,
    ),
    `- labels: ${cell(labels.source)} (${labels.fingerprint})`,
    `- data: ${data.fingerprint}${data.revision === null ? '' : `, revision ${data.revision}`}`,
    `- seed ${settings.seed}, ${settings.resamples} resamples, ${settings.scoring}; ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
  ].join('\n')}\n`;
}

const withInterval = ({ estimate, isShare }: ReturnType<typeof headlineFigures>[number]): string =>
  `${formatValue(estimate.value, isShare)} (${formatInterval(estimate, isShare)})`;

function comparisonTable({ comparisons }: Results): string[] {
  return [
    `| compared | ${comparisons[0]?.figure} difference | right in the first alone | in the second alone | McNemar p |`,
    '|---|---|---|---|---|',
    ...comparisons.map(
      ({ first, second, difference, onlyFirst, onlySecond, pValue }) =>
        `| ${cell(second)} against ${cell(first)} | ${formatPoints(difference.value)} (${formatPointInterval(difference)}) | ${onlyFirst} | ${onlySecond} | ${formatPValue(pValue)} |`,
    ),
  ];
}

function confusedTable({ confusedPairs }: VariantResults): string[] {
  return [
    '| shown | answered | images |',
    '|---|---|---|',
    ...confusedPairs.slice(0, 10).map(({ truth, predicted, images }) => `| ${cell(truth)} | ${cell(predicted)} | ${images} |`),
  ];
}

/** A text that can stand in a Markdown table. */
function cell(text: string): string {
  return text.replace(/[\\|`*_<>[\]]/g, '\\$&').replace(/\s+/g, ' ');
}

/** A line for each finding, for a terminal. */
export function describeSpeed({ imagesPerSecond, seconds, peakMemoryBytes }: VariantResults): string {
  const rate = imagesPerSecond === null ? '' : `${imagesPerSecond.toFixed(1)} images/s (${seconds.toFixed(1)} s), `;
  return `${rate}peak memory ${(peakMemoryBytes / 1e6).toFixed(0)} MB`;
}

/** "apple as orange (3), ..." */
export function describePairs({ confusedPairs }: VariantResults, most = 5): string {
  return confusedPairs
    .slice(0, most)
    .map(({ truth, predicted, images }) => `${truth} as ${predicted} (${images})`)
    .join(', ');
}

/** The labels with the worst and the best recall, of those with images; among equals the more images, the more it says. */
export function extremeClasses(
  { perClass }: VariantResults,
  most: number,
): { worst: VariantResults['perClass']; best: VariantResults['perClass'] } {
  const qualityOf = (row: VariantResults['perClass'][number]): number => row.recall?.value ?? row.averagePrecision ?? 0;
  const seen = perClass.filter(({ images }) => images > 0);
  const worst = seen.toSorted((a, b) => qualityOf(a) - qualityOf(b) || b.images - a.images).slice(0, most);
  const best = seen.toSorted((a, b) => qualityOf(b) - qualityOf(a) || b.images - a.images).slice(0, most);
  return { worst, best };
}

/** "12 of 30 (40.0 %)" */
export function describeClass({ images, right, averagePrecision }: VariantResults['perClass'][number]): string {
  if (right === undefined) return `average precision ${percent(averagePrecision ?? 0)} (${formatCount(images, 'image')})`;
  return `${right} of ${images} (${percent(right / images, 0)})`;
}
