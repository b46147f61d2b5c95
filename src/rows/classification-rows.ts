import { NONE, type NoneAnswer } from '../core/decisions/none-of-these.js';
import type { Prediction } from '../core/zero-shot-classifier.js';
import type { Encoder } from '../encoders/load-encoder.js';
import type { RowRenderers } from '../files/line-writer.js';
import { showInput } from '../files/show-path.js';
import { renderTable } from '../files/table.js';
import type { ClassifiedRow } from '../pages/classification-page.js';
import { describeError, type ErrorRow } from '../pages/error-row.js';
import type { Style } from './style.js';
import { renderThumbnail } from './terminal-picture.js';

const CSV_HEADER = ['path', 'rank', 'label', 'similarity', 'distance', 'logit', 'probability', 'error_code', 'error_message'];
const BAR = 24;

/** Rankings: a table for people, beside the picture where there is an encoder to show it as the model sees it. */
export function classificationRows({ bold, red, green }: Style, encoder: Encoder | undefined): RowRenderers<ClassifiedRow | ErrorRow> {
  return {
    csvHeader: CSV_HEADER,
    json: (row) => ('error' in row ? row : toJson(row)),
    csv: (row) =>
      'error' in row
        ? [[row.path, '', '', '', '', '', '', row.error.code, row.error.message]]
        : [
            ...row.predictions.map((p, i) => [row.path, i + 1, p.label, p.similarity, p.distance, p.logit, p.probability, '', '']),
            ...(row.none ? [[row.path, '', NONE, '', '', '', row.none.probability, '', '']] : []),
          ],
    async human(row) {
      if ('error' in row) return [red(describeError(row)), ''];
      const table = renderRanking(row.predictions, green, row.none);
      const picture = encoder ? await thumbnailOf(row.source, encoder) : [];
      const levels = row.levels && !row.none?.isNone ? [`answer: ${row.levels.join(' > ')}`] : [];
      return [bold(showInput(row.path)), ...beside(picture, table), ...levels, ''];
    },
  };
}

function toJson({ source: _, ...row }: ClassifiedRow) {
  return row;
}

/** Rank, label, similarity, distance, probability and a bar. */
export function renderRanking(
  predictions: readonly Prediction[],
  colour: (text: string) => string = (text) => text,
  none?: NoneAnswer,
): string[] {
  const bar = (probability: number): string => colour('█'.repeat(Math.round((probability || 0) * BAR)));
  const rows = predictions.map((p, i) => [
    String(i + 1),
    p.label.length > 48 ? `${p.label.slice(0, 45)}...` : p.label,
    p.similarity.toFixed(4),
    p.distance.toFixed(4),
    formatPercent(p.probability),
    bar(p.probability),
  ]);
  const last = none && ['', NONE, '', '', formatPercent(none.probability), bar(none.probability)];
  if (last) rows.splice(none.isNone ? 0 : rows.length, 0, last);
  return renderTable(['rank', 'label', 'similarity', 'distance', 'probability', ''], rows, [0, 2, 3, 4]);
}

/** Empty where the probability is unknown. */
const formatPercent = (probability: number): string =>
  Number.isNaN(probability) ? 'unknown' : `${(probability * 100).toFixed(probability < 0.0995 ? 2 : 1)} %`;

function beside(picture: readonly string[], table: readonly string[]): string[] {
  if (picture.length === 0) return [...table];
  return Array.from({ length: Math.max(picture.length, table.length) }, (_, i) => `${picture[i] ?? ' '.repeat(28)}  ${table[i] ?? ''}`);
}

async function thumbnailOf(source: ClassifiedRow['source'], encoder: Encoder): Promise<string[]> {
  const { seeImage } = await import('../images/prepare-image.js');
  return renderThumbnail((await seeImage(source, encoder.manifest.imageTransform, encoder.limits)).seen);
}
