import { createLabelSet, type LabelInput, type LabelSet } from '../../core/label-set.js';
import { LabelwiseError } from '../../errors.js';
import { listShipped, loadLabelSet, loadTemplateSet } from '../../home/data-files.js';
import type { LabelVersion, StoredLabels } from '../../store/label-database.js';
import type { TemplateChoice } from '../embed-labels.js';
import { buildLabelTable, openLabelTables } from '../label-tables.js';
import type { TaskOptions, Workspace } from '../workspace.js';

/** A label set that can be named. */
export interface NamedLabelSet {
  readonly name: string;
  /** `shipped` with labelwise, or `stored` in the database. */
  readonly source: 'shipped' | 'stored';
  readonly labels: number;
  /** Of a stored one: its newest version, and when it was made. */
  readonly version?: number | undefined;
  readonly createdAt?: string | undefined;
  /** Of a stored one: the model that embedded it. */
  readonly model?: string | undefined;
}

/** One version of a label set, with all its labels. */
export interface LabelSetVersion extends Omit<NamedLabelSet, 'labels'> {
  readonly labels: LabelSet['labels'];
  readonly templates: readonly string[] | undefined;
  /** All versions of a stored one, oldest first. */
  readonly versions: readonly LabelVersion[];
}

/** Label sets of the database, then those that ship. */
export async function listLabelSets(workspace: Workspace): Promise<NamedLabelSet[]> {
  const tables = await (await openLabelTables(workspace)).list();
  const stored = tables.map(
    ({ name, labels, encoder, version, createdAt }): NamedLabelSet => ({
      name,
      source: 'stored',
      labels,
      version,
      createdAt,
      model: encoder.name,
    }),
  );
  const shipped = await Promise.all(
    (await listShipped('label set')).map(async (name): Promise<NamedLabelSet> => {
      return { name, source: 'shipped', labels: (await loadLabelSet(name)).labels.length };
    }),
  );
  return [...stored, ...shipped];
}

/** The labels of a name, of a former version where one is given. @throws LabelwiseError `LABEL_TABLE_NOT_FOUND` */
export async function showLabelSet(workspace: Workspace, name: string, version?: number): Promise<LabelSetVersion> {
  if (version === undefined && (await listShipped('label set')).includes(name))
    return { name, source: 'shipped', labels: (await loadLabelSet(name)).labels, templates: undefined, versions: [] };
  const { labelSet, templates, encoder, ...found } = await loadStoredLabels(workspace, name, version);
  const { labels } = labelSet;
  return { name, source: 'stored', ...found, labels, templates, model: encoder.name };
}

/** The labels of a stored label set, whatever model embedded them. @throws LabelwiseError `LABEL_TABLE_NOT_FOUND` */
export const loadStoredLabels = async (workspace: Workspace, name: string, version?: number): Promise<StoredLabels> =>
  (await openLabelTables(workspace)).stored(name, version);

export interface StoreLabelSetRequest extends TemplateChoice {
  readonly name: string;
  readonly labels: readonly LabelInput[];
}

/** Stores labels as the newest version of a label set. @throws LabelwiseError `LABEL_SET_INVALID`, `INVALID_ARGUMENT` for a name that ships */
export async function storeLabelSet(
  workspace: Workspace,
  { name, labels, ...templates }: StoreLabelSetRequest,
  options: TaskOptions = {},
): Promise<LabelSetVersion> {
  if ((await listShipped('label set')).includes(name))
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected a name of your own, got "${name}", a label set that ships with labelwise.`);
  await buildLabelTable(workspace, { name, labels: createLabelSet(labels), overwrite: true, ...templates }, options);
  return showLabelSet(workspace, name);
}

/** Deletes a stored label set with all its versions; its examples stay until they are forgotten. @throws LabelwiseError `LABEL_TABLE_NOT_FOUND` */
export const deleteLabelSet = async (workspace: Workspace, name: string): Promise<void> => (await openLabelTables(workspace)).remove(name);

/** The template sets that ship with labelwise. */
export async function listTemplateSets(): Promise<{ name: string; templates: string[] }[]> {
  const names = await listShipped('template set');
  return Promise.all(names.map(async (name) => ({ name, templates: (await loadTemplateSet(name)).templates.map(({ text }) => text) })));
}
