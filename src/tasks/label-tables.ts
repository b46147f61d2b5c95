import { buildClassEmbeddings } from '../core/class-embeddings.js';
import type { LabelSet } from '../core/label-set.js';
import { LabelwiseError } from '../errors.js';
import { type LabelDatabase, openLabelDatabase, refuseBadName } from '../store/label-database.js';
import { chooseTemplates, type TemplateChoice } from './embed-labels.js';
import type { TaskOptions, Workspace } from './workspace.js';

/** The label tables of the workspace's database. */
export const openLabelTables = async (workspace: Workspace): Promise<LabelDatabase> => openLabelDatabase(await workspace.database());

/** Labels to embed and store under a name. */
export interface BuildLabelTableRequest extends TemplateChoice {
  readonly name: string;
  readonly labels: LabelSet;
  /** Replace a table of this name. */
  readonly overwrite?: boolean | undefined;
}

/** Embeds labels and stores them. @throws LabelwiseError `LABEL_TABLE_EXISTS`, `INVALID_ARGUMENT`, `TEMPLATE_INVALID`, `STORE_FAILED` */
export async function buildLabelTable(
  workspace: Workspace,
  { name, labels, overwrite, ...choice }: BuildLabelTableRequest,
  options: TaskOptions = {},
): Promise<{ labels: number; templates: number; model: string }> {
  const templates = await chooseTemplates(choice);
  const tables = await openLabelTables(workspace);
  refuseBadName(name);
  if (!overwrite && (await tables.has(name))) {
    throw new LabelwiseError('LABEL_TABLE_EXISTS', `The label table "${name}" already exists.`, {
      hint: 'Replace it with `overwrite`, or choose another name.',
    });
  }
  const encoder = await workspace.encoder({}, options);
  const embeddings = await buildClassEmbeddings(encoder, labels, {
    templates,
    signal: options.signal,
    onWarning: options.onWarning ?? workspace.warn,
    onProgress: (done, total) => options.onProgress?.({ task: 'prompts', done, total }),
  });
  await tables.save(name, embeddings);
  return { labels: labels.labels.length, templates: templates.length, model: encoder.info.name };
}
