import type { Lesson } from '../../core/decisions/learn-from-examples.js';
import type { ClassEmbeddings } from '../../core/ports.js';
import type { Scoring } from '../../core/scoring.js';
import type { Encoder } from '../../encoders/load-encoder.js';
import { LabelwiseError } from '../../errors.js';
import { listShipped, loadLabelSet } from '../../home/data-files.js';
import type { ExampleSet } from '../../store/example-database.js';
import { CORRECTION, type StoredExample } from '../../store/example-table-schema.js';
import type { TemplateChoice } from '../embed-labels.js';
import { lockOptions, openIndexEncoder, readIndexFacts } from '../open-index.js';
import { openZeroShot } from '../open-zero-shot.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { learn, loadExamples } from './apply-examples.js';
import { type ExampleImage, encodeBackground, encodeExamples, examplesOfCorrections, type FailedExample } from './find-examples.js';

export interface TeachRequest extends TemplateChoice {
  /** A label table of the database, or a label set that ships with labelwise. */
  readonly name: string;
  /** Images to learn from. */
  readonly add?: Iterable<ExampleImage> | AsyncIterable<ExampleImage> | undefined;
  /** Learn from all corrections of tags by hand, in place of those learnt before. */
  readonly fromCorrections?: boolean | undefined;
  /** Labels whose examples are forgotten, or `label=source` for one, by its path as it is listed or the beginning of its content hash. */
  readonly forget?: readonly string[] | undefined;
  readonly forgetAll?: boolean | undefined;
  /** How leaving one out is scored; what the model was trained for by default. */
  readonly scoring?: Scoring | undefined;
}

export interface TeachSummary extends Lesson {
  readonly name: string;
  readonly added: number;
  /** Images that were examples of their label already. */
  readonly known: number;
  readonly forgotten: number;
  readonly failed: readonly FailedExample[];
  readonly model: string;
}

/**
 * Adds examples to the labels of a label set, or forgets them, and measures what those that it then has are worth. From then on, whatever is
 * scored with that label set uses them.
 *
 * @throws LabelwiseError `LABEL_TABLE_NOT_FOUND`, `LABEL_SET_INVALID` for a label that the set does not have, `LABEL_TABLE_MISMATCH`,
 * `INDEX_NOT_FOUND`, `INDEX_MISMATCH`, `STORE_FAILED`
 */
export async function teach(workspace: Workspace, request: TeachRequest, options: TaskOptions = {}): Promise<TeachSummary> {
  const { name, fromCorrections, forget = [], forgetAll } = request;
  if (forgetAll && (request.add ?? fromCorrections ?? request.forget) !== undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected `forgetAll` alone, got `add`, `fromCorrections` or `forget` beside it.');
  if (forgetAll) return { ...NOTHING, name, forgotten: await forgetEverything(workspace, name, options) };
  const encoder = await (fromCorrections
    ? openIndexEncoder(workspace, await readIndexFacts(workspace), options)
    : workspace.encoder({}, options));
  const { classEmbeddings, scoring } = await openLabels(workspace, request, { ...options, encoder });
  const labels = new Set(classEmbeddings.labelSet.labels.map((label) => label.name));
  const before = refuseOther(await loadExamples(workspace, name), encoder, name);
  for (const wish of forget) if (!before?.examples.some((row) => isMeant(row, wish))) throw notTaught(name, wish);
  const known = new Map(before?.examples.map(({ contentHash, embedding }) => [contentHash, embedding]));
  const { examples, failed } = await encodeExamples(encoder, refuseUnknown(request.add ?? [], name, labels), { known, options });
  const corrected = fromCorrections ? await examplesOfCorrections(workspace, { encoder: encoder.info, labels }, options) : undefined;
  const background = before?.background ?? (await encodeBackground(encoder, options));

  let change = { added: 0, known: 0, forgotten: 0 };
  let after: ExampleSet = { encoder: encoder.info, examples: [], background };
  const { openExampleDatabase } = await import('../../store/example-database.js');
  const merge = async (current: ExampleSet | undefined): Promise<ExampleSet> => {
    const merged = mergeExamples(refuseOther(current, encoder, name)?.examples ?? [], { add: examples, corrected, forget });
    change = merged.change;
    after = { ...after, examples: merged.examples };
    return after;
  };
  await openExampleDatabase(await workspace.database()).update(name, merge, lockOptions(workspace, options));
  const { lesson } = await learn(workspace, { name, classEmbeddings, info: encoder.info, scoring }, after);
  return { ...lesson, ...change, name, failed, model: encoder.info.name };
}

const NOTHING = {
  examples: 0,
  labels: 0,
  unknownLabels: [],
  weights: { text: 1, examples: 0 },
  leaveOneOut: undefined,
  added: 0,
  known: 0,
  failed: [],
  model: '',
};

/** Works for examples of any encoder, and for those that are damaged. */
async function forgetEverything(workspace: Workspace, name: string, options: TaskOptions): Promise<number> {
  const { openExampleDatabase } = await import('../../store/example-database.js');
  return openExampleDatabase(await workspace.database()).remove(name, lockOptions(workspace, options));
}

/** The examples of a label set, by label and source. */
export async function listExamples(workspace: Workspace, name: string): Promise<StoredExample[]> {
  const examples = (await loadExamples(workspace, name))?.examples ?? [];
  const keyOf = ({ label, source, contentHash }: StoredExample): string => [label, source, contentHash].join('\n');
  return [...examples].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

async function openLabels(
  workspace: Workspace,
  { name, templates, templateSet, scoring }: TeachRequest,
  options: TaskOptions & { encoder: Encoder },
): Promise<{ classEmbeddings: ClassEmbeddings; scoring: Scoring }> {
  const labels = (await listShipped('label set')).includes(name) ? { labels: await loadLabelSet(name) } : { labelTable: name };
  const request = { ...labels, templates, templateSet, scoring, isUntaught: true };
  return (await openZeroShot(workspace, request, { ...options, encoder: Promise.resolve(options.encoder) })).zeroShot;
}

async function* refuseUnknown(
  images: NonNullable<TeachRequest['add']>,
  name: string,
  labels: ReadonlySet<string>,
): AsyncGenerator<ExampleImage> {
  for await (const image of images) {
    if (!labels.has(image.label))
      throw new LabelwiseError('LABEL_SET_INVALID', `The label set "${name}" has no label "${image.label}".`, {
        hint: `It has ${[...labels].slice(0, 8).join(', ')}${labels.size > 8 ? ` and ${labels.size - 8} more` : ''}. Add a label to a label table with: labelwise labels build ${name} --overwrite.`,
      });
    yield image;
  }
}

function refuseOther(set: ExampleSet | undefined, { info }: Encoder, name: string): ExampleSet | undefined {
  if (set === undefined || set.encoder.fingerprint === info.fingerprint) return set;
  throw new LabelwiseError(
    'LABEL_TABLE_MISMATCH',
    `The examples of "${name}" were made with ${set.encoder.name} (${set.encoder.fingerprint}), and this is ${info.name} (${info.fingerprint}): their embeddings do not compare.`,
    { hint: `Use the model ${set.encoder.name}, or forget them and teach again: labelwise teach ${name} --forget-all.` },
  );
}

/** Whether an example is one that is to be forgotten. */
function isMeant({ label, source, contentHash }: StoredExample, wish: string): boolean {
  if (wish === label) return true;
  const one = wish.startsWith(`${label}=`) ? wish.slice(label.length + 1) : '';
  return one !== '' && (one === source || (/^[0-9a-f]{12,64}$/.test(one) && contentHash.startsWith(one)));
}

const notTaught = (name: string, label: string): LabelwiseError =>
  new LabelwiseError('LABEL_SET_INVALID', `"${name}" has no examples of "${label}".`, {
    hint: `See what there is: labelwise teach ${name} --list.`,
  });

interface Change {
  readonly add: readonly StoredExample[];
  /** All examples from corrections, where they were read. */
  readonly corrected: readonly StoredExample[] | undefined;
  readonly forget: readonly string[];
}

/** A photo is an example of a label once; an example that was named wins over a correction, and what is added over what is forgotten. */
function mergeExamples(before: readonly StoredExample[], { add, corrected, forget }: Change) {
  const keyOf = ({ contentHash, label }: StoredExample): string => `${contentHash}\n${label}`;
  const isKept = (row: StoredExample): boolean =>
    !forget.some((wish) => isMeant(row, wish)) && (corrected === undefined || row.source !== CORRECTION);
  const kept = new Map(before.filter(isKept).map((row) => [keyOf(row), row]));
  const merged = new Map(kept);
  for (const row of corrected ?? []) if (!kept.has(keyOf(row))) merged.set(keyOf(row), row);
  for (const row of add) if (!kept.has(keyOf(row)) || kept.get(keyOf(row))?.source === CORRECTION) merged.set(keyOf(row), row);
  const had = new Set(before.map(keyOf));
  const added = [...merged.keys()].filter((key) => !had.has(key)).length;
  const forgotten = before.filter((row) => !merged.has(keyOf(row))).length;
  return { examples: [...merged.values()], change: { added, known: add.length + (corrected?.length ?? 0) - added, forgotten } };
}
