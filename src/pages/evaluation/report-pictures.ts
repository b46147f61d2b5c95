import type { ImageSource } from '../../core/ports.js';
import type { OpenedDataset } from '../../datasets/opened-dataset.js';
import { LabelwiseError } from '../../errors.js';
import type { ScoreTable } from '../../eval/measures/score-table.js';
import type { LoadedRun } from '../../eval/run/load-run.js';
import type { ImageLimits } from '../../images/read-image.js';
import type { Evaluated } from '../../tasks/evaluate/evaluate.js';
import { toDataUrl } from '../picture-url.js';
import type { ReportPicture } from './variant-section.js';

/** Pictures for each variant, and for each comparison. */
const MOST = 24;
const SIDE = 192;

type PlannedPicture = Omit<ReportPicture, 'url'> & { readonly place: number };

/** The pictures of a report: the most confident mistakes of each variant, and what changed sides in each comparison. */
export async function reportPictures(evaluated: Evaluated, dataset: OpenedDataset, signal: AbortSignal | undefined) {
  const { results, runs, limits } = evaluated;
  const names = results.labels.names;
  const all = runs.flatMap(({ run, variants }) => variants.map(({ name }, i) => ({ name, run, variant: run.variants[i] })));
  const tables = all.flatMap(({ name, run, variant }) => (variant?.kind === 'one label' ? [{ name, run, table: variant.table }] : []));
  const mistakes = tables.map(({ run, table }) => planMistakes(run, table, names));
  const [base, ...others] = tables;
  const changed = base === undefined || results.comparisons.length === 0 ? [] : others.map((other) => planChanged(base, other, names));
  const urls = await readPictures([...mistakes, ...changed].flat(), { dataset, limits, signal });
  const draw = (planned: readonly PlannedPicture[]): ReportPicture[] =>
    planned.map(({ place, ...picture }) => ({ ...picture, url: urls.get(place) }));
  return { mistakes: mistakes.map(draw), changed: changed.map(draw) };
}

function planMistakes(run: LoadedRun, table: ScoreTable, names: readonly string[]): PlannedPicture[] {
  const wrong = [...table.truths.keys()].filter((i) => table.truths[i] !== table.predicted[i]);
  const confidence = (i: number): number => table.confidences[i] as number;
  return wrong
    .sort((a, b) => confidence(b) - confidence(a) || a - b)
    .slice(0, MOST)
    .map((i) => ({
      place: run.places[i] as number,
      id: run.ids[i] as string,
      truth: names[table.truths[i] as number] as string,
      answers: [{ by: '', label: names[table.predicted[i] as number] as string, probability: confidence(i), isRight: false }],
    }));
}

interface Side {
  readonly name: string;
  readonly run: LoadedRun;
  readonly table: ScoreTable;
}

function planChanged(first: Side, second: Side, names: readonly string[]): PlannedPicture[] {
  const isRight = ({ table }: Side, i: number): boolean => table.truths[i] === table.predicted[i];
  const answer = (side: Side, i: number) => ({
    by: side.name,
    label: names[side.table.predicted[i] as number] as string,
    probability: side.table.confidences[i] as number,
    isRight: isRight(side, i),
  });
  return [...first.table.truths.keys()]
    .filter((i) => isRight(first, i) !== isRight(second, i))
    .slice(0, MOST)
    .map((i) => ({
      place: first.run.places[i] as number,
      id: first.run.ids[i] as string,
      truth: names[first.table.truths[i] as number] as string,
      answers: [answer(first, i), answer(second, i)],
    }));
}

/** Reads the examples at these places again, each once. */
async function readPictures(
  planned: readonly PlannedPicture[],
  { dataset, limits, signal }: { dataset: OpenedDataset; limits: ImageLimits; signal: AbortSignal | undefined },
): Promise<Map<number, string>> {
  const urls = new Map<number, string>();
  for (const place of [...new Set(planned.map(({ place }) => place))].sort((a, b) => a - b)) {
    for await (const example of dataset.examples({ from: place, signal })) {
      const url = 'error' in example ? undefined : await pictureOf(example.image, limits);
      if (url !== undefined) urls.set(place, url);
      break;
    }
  }
  return urls;
}

/** A small picture in a data: URL; undefined for a picture that is gone since it was measured. */
async function pictureOf(source: ImageSource, limits: ImageLimits): Promise<string | undefined> {
  return toDataUrl(source, limits, SIDE).catch((error: unknown) => {
    if (error instanceof LabelwiseError) return undefined;
    throw error;
  });
}
