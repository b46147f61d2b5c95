import { mostConfused } from '../../eval/measures/confusion.js';
import { percent } from '../../eval/results/format-figure.js';
import type { VariantResults } from '../../eval/results/results-schema.js';
import { escapeHtml } from '../escape-html.js';

/** More labels than this cannot be read: those of the most confused pairs are shown. */
const MOST = 32;
const CELL = 18;

/** The labels that a matrix shows, in label order, and whether some are left out. */
export function matrixLabels({ perClass, confusion }: VariantResults): { labels: string[]; isPart: boolean } {
  const all = perClass.map(({ label }) => label);
  if (all.length <= MOST) return { labels: all, isPart: false };
  const kept = new Set<string>();
  for (const { truth, predicted } of mostConfused(confusion, confusion.length)) {
    if (kept.size + 2 > MOST) break;
    kept.add(truth).add(predicted);
  }
  return { labels: all.filter((label) => kept.has(label)), isPart: true };
}

/** Rows are what images show, columns what was answered; the darker a cell, the larger its share of the row's images. */
export function confusionMatrix(variant: VariantResults, id: string): string {
  const { labels } = matrixLabels(variant);
  const places = new Map(labels.map((label, place) => [label, place]));
  const sizes = new Map(variant.perClass.map(({ label, images }) => [label, images]));
  const longest = Math.min(20, Math.max(0, ...labels.map((label) => label.length)));
  const margin = 12 + longest * 6.2;
  const side = labels.length * CELL;
  const cells = variant.confusion.flatMap(({ truth, predicted, images }) => {
    const [row, column] = [places.get(truth), places.get(predicted)];
    if (row === undefined || column === undefined) return [];
    const share = images / (sizes.get(truth) ?? images);
    const [x, y] = [margin + column * CELL, margin + row * CELL];
    const kind = row === column ? 'right' : 'wrong';
    const text =
      images < 1000
        ? `<text x="${x + CELL / 2}" y="${y + CELL / 2 + 3}" text-anchor="middle" class="${share > 0.55 ? 'over' : ''}">${images}</text>`
        : '';
    return `<g><title>${escapeHtml(truth)} answered as ${escapeHtml(predicted)}: ${images} of ${sizes.get(truth)} (${percent(share, 0)})</title><rect class="${kind}" x="${x}" y="${y}" width="${CELL - 1}" height="${CELL - 1}" fill-opacity="${(0.15 + 0.85 * share).toFixed(2)}"/>${text}</g>`;
  });
  const names = labels.map((label, i) => {
    const at = margin + i * CELL + CELL / 2;
    const name = escapeHtml(label.length > 20 ? `${label.slice(0, 19)}…` : label);
    return `<text x="${margin - 5}" y="${at + 3}" text-anchor="end">${name}</text><text transform="translate(${at + 3} ${margin - 5}) rotate(-90)">${name}</text><line class="grid" x1="${margin}" x2="${margin + side}" y1="${at}" y2="${at}"/><line class="grid" y1="${margin}" y2="${margin + side}" x1="${at}" x2="${at}"/>`;
  });
  const size = (margin + side + 2).toFixed(0);
  return `<svg role="img" aria-labelledby="${id}-title ${id}-text" viewBox="0 0 ${size} ${size}" class="plot confusion" style="max-width:${Math.min(900, Math.max(320, Number(size) * 1.4))}px">
<title id="${id}-title">Confusion matrix</title><desc id="${id}-text">A row for what images show, a column for what was answered. The pairs that were confused most often stand in the table below.</desc>
${names.join('')}${cells.join('')}</svg>`;
}
