import { formatInterval, formatValue, headlineFigures, percent } from '../../eval/results/format-figure.js';
import type { VariantResults } from '../../eval/results/results-schema.js';
import { extremeClasses } from '../../eval/results/summary.js';
import { escapeHtml } from '../escape-html.js';
import { confusionMatrix, matrixLabels } from './confusion-matrix.js';
import { htmlTable } from './html-table.js';
import { reliabilityDiagram } from './reliability-diagram.js';

/** A mistake or a changed image, with its picture. */
export interface ReportPicture {
  readonly id: string;
  /** A data: URL; undefined where the picture could not be read again. */
  readonly url: string | undefined;
  readonly truth: string;
  readonly answers: readonly { readonly by: string; readonly label: string; readonly probability?: number; readonly isRight: boolean }[];
}

const MOST_CLASSES = 10;

/** Headline figures as cards. */
export function figureCards(variant: VariantResults): string {
  const cards = headlineFigures(variant).map(
    ({ name, estimate, isShare, isError }) =>
      `<div class="card"><dt>${name}</dt><dd><strong>${formatValue(estimate.value, isShare)}</strong> <span>${formatInterval(estimate, isShare)}</span>${isError ? ' <small>less is better</small>' : ''}</dd></div>`,
  );
  return `<dl class="cards">${cards.join('')}</dl>`;
}

/** What one variant confuses, how far its probabilities can be trusted, and its labels. `id` is unique in the page. */
export function variantDetails(variant: VariantResults, id: string): string {
  const hasMatrix = variant.confusion.length > 0;
  return `${hasMatrix ? confusionPart(variant, id) : ''}${hasMatrix ? reliabilityPart(variant, id) : ''}${classesPart(variant)}`;
}

function confusionPart(variant: VariantResults, id: string): string {
  const { labels, isPart } = matrixLabels(variant);
  const note = isPart
    ? ` Shown are the ${labels.length} of ${variant.perClass.length} labels of the most confused pairs; results.json has all.`
    : '';
  const pairs = variant.confusedPairs.map(({ truth, predicted, images }) => [escapeHtml(truth), escapeHtml(predicted), String(images)]);
  return `<section><h3>What is taken for what</h3><div class="beside"><figure>${confusionMatrix(variant, `${id}-confusion`)}<figcaption>Rows: what images show. Columns: what was answered. Darker: a larger share of the row.${note}</figcaption></figure>${
    pairs.length === 0
      ? '<p>No mistakes.</p>'
      : `<div class="pairs">${htmlTable('The most confused pairs', ['shown', 'answered', 'images'], pairs)}</div>`
  }</div></section>`;
}

function reliabilityPart(variant: VariantResults, id: string): string {
  const rows = variant.reliability
    .filter(({ images }) => images > 0)
    .map(({ low, high, images, confidence, accuracy }) => [
      `${percent(low, 0)} to ${percent(high, 0)}`,
      String(images),
      percent(confidence ?? 0),
      percent(accuracy ?? 0),
    ]);
  return `<section><h3>Can its probabilities be trusted?</h3><figure>${reliabilityDiagram(variant, `${id}-reliability`)}<figcaption>Bars on the dashed line: of the answers given with 70 %, 70 % are right. Bars below it: too sure. Below: how many images a range holds.</figcaption></figure><details><summary>The numbers</summary>${htmlTable('Reliability by confidence', ['confidence', 'images', 'mean confidence', 'right'], rows)}</details></section>`;
}

function classesPart(variant: VariantResults): string {
  const { worst, best } = extremeClasses(variant, MOST_CLASSES);
  const isShort = variant.perClass.length <= 2 * MOST_CLASSES;
  const tables = isShort
    ? classTable('All labels', variant.perClass)
    : `<div class="two">${classTable('The worst labels', worst)}${classTable('The best labels', best)}</div><details><summary>All ${variant.perClass.length} labels</summary>${classTable('All labels', variant.perClass)}</details>`;
  return `<section><h3>Label by label</h3>${tables}</section>`;
}

function classTable(caption: string, rows: VariantResults['perClass']): string {
  if (rows[0]?.right === undefined)
    return htmlTable(
      caption,
      ['label', 'images', 'average precision'],
      rows.map(({ label, images, averagePrecision }) => [
        escapeHtml(label),
        String(images),
        averagePrecision == null ? '–' : percent(averagePrecision),
      ]),
    );
  return htmlTable(
    caption,
    ['label', 'images', 'recall', '95 % interval', 'precision'],
    rows.map(({ label, images, recall, precision }) => [
      escapeHtml(label),
      String(images),
      recall ? `<meter min="0" max="1" value="${recall.value.toFixed(3)}" aria-hidden="true"></meter> ${percent(recall.value, 0)}` : '–',
      recall ? `${(recall.low * 100).toFixed(0)} to ${percent(recall.high, 0)}` : '–',
      precision == null ? '–' : percent(precision, 0),
    ]),
  );
}

/** Pictures with what they show and what was answered. */
export function pictureGrid(pictures: readonly ReportPicture[]): string {
  const items = pictures.map(({ id, url, truth, answers }) => {
    const lines = answers.map(
      ({ by, label, probability, isRight }) =>
        `<li class="${isRight ? 'yes' : 'no'}">${by === '' ? '' : `${escapeHtml(by)}: `}<b>${escapeHtml(label)}</b>${probability === undefined ? '' : ` ${percent(probability, 0)}`}${isRight ? ' (right)' : ''}</li>`,
    );
    const picture =
      url === undefined
        ? '<div class="nothing">no picture</div>'
        : `<img src="${escapeHtml(url)}" alt="${escapeHtml(`a picture of ${truth}`)}" loading="lazy">`;
    return `<li>${picture}<p>shows <b>${escapeHtml(truth)}</b></p><ul>${lines.join('')}</ul><p class="id">${escapeHtml(id)}</p></li>`;
  });
  return `<ul class="pictures">${items.join('')}</ul>`;
}
