import { basename, extname } from 'node:path';
import type { LabelSet } from '../core/label-set.js';
import { listShipped } from '../home/data-files.js';
import type { Run } from './context.js';
import { type LabelFlags, readLabels } from './read-labels.js';

/** What to tag with: labels, or the name of a label table; and the name that the tags go under. */
export interface TagLabels {
  readonly labels: LabelSet | undefined;
  readonly table: string | undefined;
  readonly name: string;
}

/** The labels of the flags; `--label-set` takes the name of a label table too, where no label set of that name ships with labelwise. */
export async function readTagLabels(flags: LabelFlags & { name?: string | undefined }, run: Run): Promise<TagLabels> {
  const name = flags.name ?? flags.labelSet ?? nameOfFile(flags.labelsFile) ?? 'labels';
  if (await isLabelTable(flags, run)) return { labels: undefined, table: flags.labelSet, name };
  return { labels: await readLabels(flags, run.io), table: undefined, name };
}

async function isLabelTable({ labelSet, labels, labelsFile }: LabelFlags, { workspace }: Run): Promise<boolean> {
  if (labelSet === undefined || labels !== undefined || labelsFile !== undefined) return false;
  if ((await listShipped('label set')).includes(labelSet)) return false;
  const { openLabelDatabase } = await import('../store/label-database.js');
  const store = await openLabelDatabase(await workspace.database());
  return store.has(labelSet);
}

function nameOfFile(path: string | undefined): string | undefined {
  return path === undefined ? undefined : basename(path, extname(path)).replace(/[^A-Za-z0-9_.-]+/g, '-');
}
