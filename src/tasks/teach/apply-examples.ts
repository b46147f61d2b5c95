import { directionsOfExamples, type MeasuredDirections } from '../../core/decisions/example-directions.js';
import { type Lesson, learnFromExamples } from '../../core/decisions/learn-from-examples.js';
import type { ClassEmbeddings, EncoderInfo } from '../../core/ports.js';
import type { Scoring } from '../../core/scoring.js';
import { isObjectAddress } from '../../files/object-address.js';
import type { ExampleSet } from '../../store/example-database.js';
import { folderLocation } from '../../store/location.js';
import { EXAMPLES_PREFIX } from '../../store/table-names.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { describeSize } from './describe-size.js';

/** Class embeddings that are to be scored, and the name that examples may have been taught under. */
export interface Teachable {
  readonly name: string | undefined;
  readonly classEmbeddings: ClassEmbeddings;
  readonly info: EncoderInfo;
  readonly scoring: Scoring;
}

/** Moves class embeddings by the examples of their label set, and says so. Where there are none, they stay as they are. */
export async function applyExamples(workspace: Workspace, teachable: Teachable, options: TaskOptions): Promise<ClassEmbeddings> {
  const { name } = teachable;
  const taught = await examplesOf(workspace, teachable, options);
  if (taught === undefined) return teachable.classEmbeddings;
  const { classEmbeddings, lesson } = await learn(workspace, teachable, taught);
  warnOfUnknown(name, lesson.unknownLabels, options.onWarning ?? workspace.warn);
  if (lesson.examples > 0 && lesson.weights.examples === 0)
    options.onNote?.(`"${name}" has ${describeSize(lesson)}, which are not used: text alone answers better when each is left out`);
  else if (lesson.examples > 0) options.onNote?.(`"${name}" was taught: ${describeSize(lesson)}`);
  return classEmbeddings;
}

/** What examples say of labels that are each decided by itself; undefined where there are none. */
export async function findDirections(
  workspace: Workspace,
  teachable: Omit<Teachable, 'scoring'>,
  options: TaskOptions,
): Promise<MeasuredDirections | undefined> {
  const { name, classEmbeddings } = teachable;
  const taught = await examplesOf(workspace, teachable, options);
  if (taught === undefined) return undefined;
  const background = taught.background.map(({ embedding }) => embedding);
  const { directions, unknownLabels } = await directionsOfExamples(classEmbeddings.labelSet, taught.examples, { background });
  warnOfUnknown(name, unknownLabels, options.onWarning ?? workspace.warn);
  if (directions)
    options.onNote?.(`"${name}" was taught: ${describeSize({ examples: directions.examples, labels: directions.labels.length })}`);
  return directions;
}

/** The examples that were taught under a name, if this model made them. */
async function examplesOf(
  workspace: Workspace,
  { name, info }: Pick<Teachable, 'name' | 'info'>,
  { onWarning = workspace.warn }: TaskOptions,
): Promise<ExampleSet | undefined> {
  const taught = name === undefined ? undefined : await loadExamples(workspace, name);
  if (taught === undefined || taught.encoder.fingerprint === info.fingerprint) return taught;
  onWarning(
    `The examples of "${name}" are not used: they were made with ${taught.encoder.name} (${taught.encoder.fingerprint}), and this is ${info.name} (${info.fingerprint}). Teach them again: labelwise teach ${name} --forget-all, then --add.`,
  );
  return undefined;
}

function warnOfUnknown(name: string | undefined, labels: readonly string[], onWarning: (message: string) => void): void {
  if (labels.length > 0)
    onWarning(`The label set "${name}" does not have these labels any more, so their examples are not used: ${labels.join(', ')}.`);
}

/** The examples of a label set; LanceDB is loaded only where there are some. */
export async function loadExamples(workspace: Workspace, name: string): Promise<ExampleSet | undefined> {
  const table = EXAMPLES_PREFIX + name;
  if (/[/\\]/.test(name)) return undefined;
  const { db } = workspace.settings;
  if (!isObjectAddress(db) && !(await folderLocation(db, '`db`').hasTable(table))) return undefined;
  const { openExampleDatabase } = await import('../../store/example-database.js');
  return openExampleDatabase(await workspace.database()).load(name);
}

/** From so many multiplications on, loading the engine's matrix product pays. */
const MUCH_WORK = 1e8;

export async function learn(
  workspace: Workspace,
  { classEmbeddings, info, scoring }: Teachable,
  { examples, background }: Pick<ExampleSet, 'examples' | 'background'>,
): Promise<{ classEmbeddings: ClassEmbeddings; lesson: Lesson }> {
  const { vectors } = classEmbeddings;
  const work = examples.length * vectors.length * (vectors[0]?.length ?? 0);
  return learnFromExamples(classEmbeddings, examples, {
    rule: { logitScale: info.logitScale, logitBias: Number.isNaN(info.logitBias) ? 0 : info.logitBias, scoring },
    background: background.map(({ embedding }) => embedding),
    multiply: work < MUCH_WORK ? undefined : (await workspace.product()).multiply,
  });
}
