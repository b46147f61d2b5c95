import { assertCount } from '../../core/assert-option.js';
import { evidenceScale } from '../../core/decisions/none-of-these.js';
import { formatCount } from '../../core/format-count.js';
import { findOddRows } from '../../core/grouping/find-odd-rows.js';
import { groupRows } from '../../core/grouping/group-rows.js';
import { nameGroups } from '../../core/grouping/name-groups.js';
import type { Place } from '../../core/grouping/spread-places.js';
import { createLabelSet, type LabelInput } from '../../core/label-set.js';
import { pickRows } from '../../core/matrix-product.js';
import { ruleOf } from '../../core/scoring.js';
import { LabelwiseError, throwIfAborted } from '../../errors.js';
import { randomIntegers } from '../../eval/measures/random-integers.js';
import { loadConcepts, loadVocabulary } from '../../home/data-files.js';
import { chooseTemplates, embedLabels, type TemplateChoice } from '../embed-labels.js';
import { openIndexEncoder, readIndexFacts, refuseOtherEncoder } from '../open-index.js';
import { type PresentImage, type PresentImages, readPresent } from '../read-present.js';
import { rememberWords } from '../remember-words.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { chooseScope, type Scope } from './choose-scope.js';
import { placeImages } from './place-images.js';

export interface DiscoverRequest extends Scope, TemplateChoice {
  /** How many groups; by default the square root of the number of images, at most 100. */
  readonly groups?: number | undefined;
  /** How many images a group has on average; in place of `groups`. */
  readonly groupSize?: number | undefined;
  /** Other seeds give slightly other groups; 0 by default. */
  readonly seed?: number | undefined;
  /** Also put about so many images on a map, some of every group; 0 by default. */
  readonly mapped?: number | undefined;
}

/** An image of a group. */
export interface GroupedImage extends PresentImage {
  /** The cosine of the image and the centre of the group that it is nearest to. */
  readonly similarity: number;
  /** Where it is on the map; undefined for images that are not on it. */
  readonly place?: Place | undefined;
}

/** Images that are alike. */
export interface ImageGroup {
  /** From 1 on, the largest first. */
  readonly group: number;
  /** A word of the vocabulary, different in each group. */
  readonly name: string;
  /** The mean probability that its images show what the name says, 0 to 1. */
  readonly probability: number;
  /** Further words that fit, the best first. */
  readonly otherNames: readonly string[];
  /** The most typical first. */
  readonly images: readonly GroupedImage[];
}

export interface Discovery {
  readonly groups: readonly ImageGroup[];
  /** Images that fit no group, the oddest first. */
  readonly odd: readonly GroupedImage[];
  /** How many images were looked at. */
  readonly images: number;
  /** The names as a label set: what is reported may be edited, and `promptName` keeps the word that the model knows. */
  readonly labels: readonly LabelInput[];
  readonly model: string;
}

const MOST_GROUPS = 100;
/** So many groups surely get names of their own from the 2,308 words, of which some mean the same to a model. */
const MOST_NAMED = 1000;
const OTHER_NAMES = 4;

/**
 * Groups indexed images by what they show, from their stored embeddings, and names the groups from a vocabulary of everyday words. No image is
 * read, and nothing is stored. The same index and seed give the same groups.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`, `INDEX_NOT_FOUND`, `INPUT_NOT_FOUND` where no image is in the scope, `ABORTED`
 */
export async function discover(workspace: Workspace, request: DiscoverRequest = {}, options: TaskOptions = {}): Promise<Discovery> {
  const { groups, groupSize, seed = 0, mapped = 0, templates, templateSet, ...scope } = request;
  if (groups !== undefined) assertCount('groups', groups);
  if (groupSize !== undefined) assertCount('groupSize', groupSize);
  assertCount('seed', seed, 0);
  assertCount('mapped', mapped, 0);
  if (groups !== undefined && groupSize !== undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected one of `groups` and `groupSize`, got both.');
  const told = { onWarning: workspace.warn, ...options };
  const isWanted = await chooseScope(workspace, scope, told);
  const present = await readPresent(workspace, isWanted ? { isWanted } : {}, told);
  const { images, embeddings } = present;
  if (images.length === 0) throw isWanted ? nothingChosen() : nothingIndexed();
  const count = groups ?? (groupSize ? Math.round(images.length / groupSize) : Math.min(MOST_GROUPS, Math.round(Math.sqrt(images.length))));
  if (count > MOST_NAMED)
    throw new LabelwiseError(
      'INVALID_ARGUMENT',
      `Expected at most ${MOST_NAMED} groups, got ${count}: there are not enough words for more.`,
      {
        hint: 'Ask for fewer groups, or for larger ones.',
      },
    );
  const random = randomIntegers(seed);
  const { multiply } = await workspace.product();
  const found = await groupRows(embeddings, {
    groups: Math.min(images.length, Math.max(1, count)),
    random,
    multiply,
    onProgress: (done, total) => report(told, 'groups', done, total),
  });
  const odd = findOddRows(found.groupOf, found.similarities);
  const typicalFirst = (a: number, b: number): number => (found.similarities[b] as number) - (found.similarities[a] as number) || a - b;
  const members = toMembers(found.groupOf, new Set(odd)).map((rows) => rows.sort(typicalFirst));
  const empty = Math.min(images.length, count) - members.length;
  if (empty > 0 && (groups ?? groupSize) !== undefined)
    told.onNote?.(`${empty} of ${formatCount(count, 'group')} held only images that fit none, and ${empty === 1 ? 'is' : 'are'} left out.`);
  const names = await chooseNames(workspace, present, { members, templates, templateSet }, told);
  const shown = sample(members, odd, { most: mapped, random });
  const placed = await placeImages(pickRows(embeddings, shown), {
    groups: shown.map((row) => found.groupOf[row] as number),
    random,
    multiply,
    ...told,
  });
  const placeOf = new Map(shown.map((row, i) => [row, placed[i] as Place]));
  const toImage = (row: number): GroupedImage => {
    const place = placeOf.get(row);
    return { ...(images[row] as PresentImage), similarity: found.similarities[row] as number, ...(place && { place }) };
  };
  const grouped = members.map((rows, i) => ({
    group: i + 1,
    ...(names[i] as (typeof names)[number]),
    images: rows.map(toImage),
  }));
  const labels = grouped.map(({ name }) => ({ label: name, promptName: name }));
  return { groups: grouped, odd: odd.map(toImage), images: images.length, labels, model: present.encoder.name };
}

const nothingIndexed = (): LabelwiseError =>
  new LabelwiseError('INPUT_NOT_FOUND', 'There are no images to group.', { hint: 'Index some first: labelwise index FOLDER.' });

const nothingChosen = (): LabelwiseError =>
  new LabelwiseError('INPUT_NOT_FOUND', 'None of the indexed images has these tags and passes these filters.', {
    hint: 'Choose others, or leave some out.',
  });

function report({ signal, onProgress }: TaskOptions, task: 'groups' | 'names', done: number, total: number): void {
  throwIfAborted(signal);
  onProgress?.({ task, done, total });
}

/** The rows of each group, the largest group first. */
function toMembers(groupOf: Int32Array, odd: ReadonlySet<number>): number[][] {
  const members = new Map<number, number[]>();
  for (const [row, group] of groupOf.entries()) {
    if (odd.has(row)) continue;
    const rows = members.get(group);
    if (rows) rows.push(row);
    else members.set(group, [row]);
  }
  return [...members.values()].sort((a, b) => b.length - a.length || (a[0] as number) - (b[0] as number));
}

async function chooseNames(
  workspace: Workspace,
  { embeddings, encoder: identity }: PresentImages,
  { members, ...choice }: TemplateChoice & { members: readonly (readonly number[])[] },
  options: TaskOptions,
): Promise<Pick<ImageGroup, 'name' | 'probability' | 'otherNames'>[]> {
  const encoder = await openIndexEncoder(workspace, await readIndexFacts(workspace), options);
  refuseOtherEncoder({ encoder: identity }, encoder.info);
  const templates = await chooseTemplates(choice);
  const words = await loadVocabulary();
  const onProgress = (done: number, total: number | undefined): void => options.onProgress?.({ task: 'prompts', done, total });
  const vectors = await rememberWords(encoder, { name: 'vocabulary', templates }, async () => {
    const { cache } = workspace;
    const { classEmbeddings } = await embedLabels(encoder, createLabelSet(words), { templates, cache, signal: options.signal, onProgress });
    return classEmbeddings.vectors;
  });
  const groupOf = new Int32Array(embeddings.rows).fill(-1);
  for (const [group, rows] of members.entries()) for (const row of rows) groupOf[row] = group;
  const { multiply } = await workspace.product();
  const names = await nameGroups(embeddings, groupOf, {
    words,
    vectors,
    concepts: await loadConcepts(),
    scale: evidenceScale(ruleOf(encoder.info, encoder.info.scoring, { templates: templates.map(({ text }) => text) })),
    others: OTHER_NAMES,
    multiply,
    onProgress: (done, total) => report(options, 'names', done, total),
  });
  return names.map(({ word, others, probability }) => ({
    name: words[word] as string,
    probability,
    otherNames: others.map((other) => words[other] as string),
  }));
}

/** Of each group the most typical images, and of all the oddest, are on every map. */
export const SURELY_MAPPED = { typical: 4, odd: 24 } as const;

/** Rows for a map: some of every group, and otherwise in proportion to its size. */
function sample(
  members: readonly (readonly number[])[],
  odd: readonly number[],
  { most, random }: { most: number; random: (bound: number) => number },
): number[] {
  const total = members.reduce((sum, rows) => sum + rows.length, odd.length);
  if (total <= most) return [...members.flat(), ...odd];
  if (most === 0) return [];
  const share = most / total;
  const picked = members.map((rows) => {
    const typical = rows.slice(0, SURELY_MAPPED.typical);
    return [...typical, ...draw(rows.slice(typical.length), Math.floor(rows.length * share) - typical.length, random)];
  });
  return [...picked.flat(), ...odd.slice(0, Math.max(SURELY_MAPPED.odd, Math.floor(odd.length * share)))];
}

function draw(rows: readonly number[], count: number, random: (bound: number) => number): number[] {
  const left = [...rows];
  return Array.from({ length: Math.max(0, count) }, () => left.splice(random(left.length), 1)[0] as number);
}
