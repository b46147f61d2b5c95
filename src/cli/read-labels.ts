import { basename, extname, resolve } from 'node:path';
import type { LabelSet } from '../core/label-set.js';
import { parseLabelList } from '../core/parse-labels.js';
import { LabelwiseError } from '../errors.js';
import { listShipped, loadLabelSet } from '../home/data-files.js';
import type { CliIo } from '../local/io.js';
import { readLabelFile } from '../tasks/read-label-file.js';
import type { Run } from './context.js';

export interface LabelFlags {
  readonly labels?: string | undefined;
  readonly labelsFile?: string | undefined;
  readonly labelSet?: string | undefined;
}

/**
 * The labels that the flags name. `images` are the arguments that may read stdin too.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT` unless exactly one flag names them
 */
export async function readLabels(flags: LabelFlags, { cwd, signal, stdin }: CliIo, images: readonly string[] = []): Promise<LabelSet> {
  const given = [flags.labels, flags.labelsFile, flags.labelSet].filter((value) => value !== undefined);
  if (given.length !== 1) {
    throw new LabelwiseError(
      'INVALID_ARGUMENT',
      `Expected labels from one of --labels, --labels-file and --label-set, got ${given.length || 'none'}.`,
      { hint: 'For example: --labels "cat, dog, red panda"' },
    );
  }
  if (flags.labels !== undefined) return parseLabelList(flags.labels);
  if (flags.labelSet !== undefined) return loadLabelSet(flags.labelSet);
  const file = flags.labelsFile as string;
  if (file === '-' && images.includes('-')) {
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected stdin once, got "-" for the labels and for an image.', {
      hint: 'stdin can be read only once. Save the labels or the image in a file.',
    });
  }
  return readLabelFile(file === '-' ? stdin : resolve(cwd, file), signal);
}

/** What to tag with: labels, or the name of a label table; and the name of the tag set. */
export interface TagLabels {
  readonly labels: LabelSet | undefined;
  readonly table: string | undefined;
  /** The name that the labels may have been taught under. */
  readonly examples: string | undefined;
  readonly name: string;
}

/** The labels of the flags. `--label-set` also takes the name of a label table, unless a label set of that name ships with labelwise. */
export async function readTagLabels(flags: LabelFlags & { name?: string | undefined }, run: Run): Promise<TagLabels> {
  const name = flags.name ?? flags.labelSet ?? nameOfFile(flags.labelsFile) ?? '';
  if (await isLabelTable(flags, run)) return { labels: undefined, table: flags.labelSet, examples: undefined, name };
  const labels = await readLabels(flags, run.io);
  if (name === '')
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected --name with these labels: tags are kept under a name.', {
      hint: 'For example: --name pets. Tagging again under the same name replaces the tags of that name, and no others.',
    });
  return { labels, table: undefined, examples: flags.labelSet, name };
}

export async function isLabelTable({ labelSet, labels, labelsFile }: LabelFlags, { workspace }: Run): Promise<boolean> {
  if (labelSet === undefined || labels !== undefined || labelsFile !== undefined) return false;
  if ((await listShipped('label set')).includes(labelSet)) return false;
  const { openLabelTables } = await import('../tasks/label-tables.js');
  return (await openLabelTables(workspace)).has(labelSet);
}

function nameOfFile(path: string | undefined): string | undefined {
  return path === undefined || path === '-' ? undefined : basename(path, extname(path)).replace(/[^A-Za-z0-9_.-]+/g, '-');
}
