import { join } from 'node:path';
import type { OpenedDataset } from '../../datasets/opened-dataset.js';
import { toClipBenchmark } from '../../eval/results/clip-benchmark.js';
import { toMarkdown } from '../../eval/results/summary.js';
import { predictionColumns, predictionRows, writeCsv, writePredictionsParquet } from '../../eval/results/write-predictions.js';
import type { Evaluated } from '../../tasks/evaluate/evaluate.js';
import { htmlReport } from './html-report.js';
import { reportPictures } from './report-pictures.js';

/** Writes what --report promises; the page last, so that a folder with a page has all. */
export async function writeReport(
  evaluated: Evaluated,
  options: { dataset: OpenedDataset; clipBenchmark: boolean; signal: AbortSignal | undefined },
): Promise<void> {
  const { results, changes, runs, folder } = evaluated;
  const report = folder.report as string;
  const { names } = results.labels;
  const topK = Math.min(results.settings.topK, names.length);
  const sources = runs.map(({ variants }, i) => ({ log: folder.logOf(i + 1), variants: variants.map(({ name }) => name) }));
  await writePredictionsParquet(join(report, 'predictions.parquet'), topK, predictionRows(sources, names, topK));
  const header = predictionColumns(topK).map(({ name }) => name);
  await writeCsv(join(report, 'predictions.csv'), header, predictionRows(sources, names, topK));
  if (results.comparisons.length > 0) {
    const columns = ['first', 'second', 'id', 'label', 'firstAnswer', 'secondAnswer', 'right'] as const;
    const header = ['first', 'second', 'id', 'label', 'first_answer', 'second_answer', 'right'];
    await writeCsv(join(report, 'changes.csv'), header, toRows(changes.map((change) => columns.map((column) => change[column]))));
  }
  if (options.clipBenchmark) await folder.write('clip_benchmark.json', `${JSON.stringify(toClipBenchmark(results), null, 2)}\n`);
  await folder.write('results.json', `${JSON.stringify(results, null, 2)}\n`);
  await folder.write('summary.md', toMarkdown(results));
  const pictures = await reportPictures(evaluated, options.dataset, options.signal);
  await folder.write('report.html', htmlReport({ results, ...pictures }));
}

async function* toRows<T>(rows: readonly T[]): AsyncGenerator<T> {
  yield* rows;
}
