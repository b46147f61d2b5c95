import {
  formatInterval,
  formatPointInterval,
  formatPoints,
  formatPValue,
  formatValue,
  headlineFigures,
  percent,
} from '../../eval/results/format-figure.js';
import type { ComparisonResults, Results, VariantResults } from '../../eval/results/results-schema.js';
import { describeSpeed } from '../../eval/results/summary.js';
import { escapeHtml } from '../escape-html.js';
import { htmlTable } from './html-table.js';
import { REPORT_STYLE } from './report-style.js';
import { figureCards, pictureGrid, type ReportPicture, variantDetails } from './variant-section.js';

export interface ReportInput {
  readonly results: Results;
  /** The most confident mistakes of each variant. [variants] */
  readonly mistakes: readonly (readonly ReportPicture[])[];
  /** Images that changed sides in each comparison. [comparisons] */
  readonly changed: readonly (readonly ReportPicture[])[];
}

/** The whole report as one page that needs nothing else: no script, no network. */
export function htmlReport(input: ReportInput): string {
  const { results } = input;
  const { data, variants } = results;
  const title = `${data.name}${data.split === null ? '' : `, split ${data.split}`}`;
  const isSingle = variants.length === 1;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}: labelwise eval</title><style>${REPORT_STYLE}</style></head><body>
<header><h1>${escapeHtml(title)}</h1><p>${subtitle(results)}</p></header><main>
${isSingle ? figureCards(variants[0] as VariantResults) : variantTable(results)}
<p><small>${formatResamples(results)}</small></p>
${results.comparisons.map((comparison, i) => comparisonSection(comparison, input.changed[i] ?? [])).join('')}
${variants.map((variant, i) => variantSection(variant, i, { isSingle, mistakes: input.mistakes[i] ?? [] })).join('')}
${promptSection(results)}${factSection(results)}
</main><footer><p>Made by labelwise ${escapeHtml(results.versions.labelwise ?? '')}. The figures hold for these images and labels alone.</p></footer></body></html>
`;
}

function subtitle({ images, labels, variants, data }: Results): string {
  const [first] = variants as [VariantResults];
  const failed = images.failed === 0 ? '' : `; ${images.failed} could not be used`;
  const model = variants.length === 1 ? `<strong>${escapeHtml(first.model.name)}</strong>` : `${variants.length} variants side by side`;
  return `${images.measured.toLocaleString('en')} images${data.limit === null ? '' : ` (of ${data.size.toLocaleString('en')})`}, ${labels.names.length.toLocaleString('en')} labels${failed}. ${model}.`;
}

const formatResamples = ({ settings }: Results): string =>
  `Ranges are 95 % intervals from ${settings.resamples.toLocaleString('en')} bootstrap resamples of the images (seed ${settings.seed}).`;

function variantTable({ variants }: Results): string {
  const names = headlineFigures(variants[0] as VariantResults).map(({ name }) => name);
  const rows = variants.map((variant) => [
    escapeHtml(variant.name),
    ...headlineFigures(variant).map(
      ({ estimate, isShare }) => `${formatValue(estimate.value, isShare)}<small>${formatInterval(estimate, isShare)}</small>`,
    ),
  ]);
  return htmlTable('Figures of each variant', ['variant', ...names], rows);
}

function comparisonSection(comparison: ComparisonResults, pictures: readonly ReportPicture[]): string {
  const { first, second, figure, difference, pValue, onlyFirst, onlySecond, bothRight, bothWrong, changed } = comparison;
  const rows = [
    [`${escapeHtml(second)} right`, String(bothRight), String(onlySecond)],
    [`${escapeHtml(second)} wrong`, String(onlyFirst), String(bothWrong)],
  ];
  const shown = pictures.length < changed ? `, ${pictures.length} of them shown; changes.csv has all` : '';
  return `<section><h2>${escapeHtml(second)} against ${escapeHtml(first)}</h2><p>${figure === 'top-1' ? 'Top-1' : 'Mean average precision'} changes by <strong>${formatPoints(difference.value)}</strong> (${formatPointInterval(difference)}, paired). McNemar’s exact test${figure === 'top-1' ? '' : ' of the first label'}: p ${pValue < 0.0001 ? '' : '= '}${formatPValue(pValue)}.</p>${htmlTable('Images by which of the two is right', ['', `${escapeHtml(first)} right`, `${escapeHtml(first)} wrong`], rows)}${
    pictures.length === 0 ? '' : `<h3>Images that changed sides (${changed}${shown})</h3>${pictureGrid(pictures)}`
  }</section>`;
}

function variantSection(
  variant: VariantResults,
  i: number,
  { isSingle, mistakes }: { isSingle: boolean; mistakes: readonly ReportPicture[] },
): string {
  const pictures = mistakes.length === 0 ? '' : `<section><h3>The most confident mistakes</h3>${pictureGrid(mistakes)}</section>`;
  const details = variantDetails(variant, `variant-${i}`);
  if (isSingle) return `<h2>In detail</h2>${details}${pictures}`;
  return `<h2>${escapeHtml(variant.name)}</h2><details${i === 0 ? ' open' : ''}><summary>Confusion, reliability, labels and mistakes</summary>${details}${pictures}</details>`;
}

function promptSection({ variants, labels }: Results): string {
  const lists = variants.map(({ name, templates, examplePrompts }) => {
    const items = templates.map((template) => `<li><code>${escapeHtml(template)}</code></li>`).join('');
    const list = `<ul class="prompts">${items}</ul>`;
    const example =
      examplePrompts[0] === undefined
        ? ''
        : `<p>For ${escapeHtml(labels.names[0] ?? '')}: <code>${escapeHtml(examplePrompts[0])}</code></p>`;
    return `${variants.length > 1 ? `<h3>${escapeHtml(name)}</h3>` : ''}${templates.length > 5 ? `<details><summary>${templates.length} templates</summary>${list}</details>` : list}${example}`;
  });
  return `<section><h2>Prompts</h2>${lists.join('')}</section>`;
}

function factSection({ variants, data, labels, settings, versions, failures, images }: Results): string {
  const facts: (readonly [string, string])[] = [
    ['data', `${data.name}, ${data.fingerprint}${data.revision === null ? '' : `, revision ${data.revision}`}`],
    ['labels', `${labels.source}, ${labels.fingerprint}`],
    ...variants.map(
      ({ name, model }) =>
        [
          variants.length > 1 ? `model of ${name}` : 'model',
          `${model.name}, ${model.fingerprint}, ${model.dtype} on ${model.device}, logit scale ${model.logitScale} (${model.logitSource})`,
        ] as const,
    ),
    ...variants.slice(0, 1).map((variant) => ['speed', describeSpeed(variant)] as const),
    ['settings', `${settings.scoring}, top ${settings.topK}, batches of ${settings.batchSize}, seed ${settings.seed}`],
    [
      'versions',
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
  ];
  const list = facts.map(([name, fact]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(fact)}</dd>`).join('');
  const bad = failures.map(({ id, code, message }) => [escapeHtml(id), code, escapeHtml(message)]);
  const share = percent(images.failed / Math.max(1, images.total), 2);
  const broken =
    bad.length === 0
      ? ''
      : `<h3>${images.failed} images could not be used (${share})</h3>${htmlTable('Images that could not be used', ['image', 'error', 'what is wrong'], bad)}`;
  return `<section><h2>How it was measured</h2><dl class="facts">${list}</dl>${broken}</section>`;
}
