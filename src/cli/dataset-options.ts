import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import type { LabelSet } from '../core/label-set.js';
import type { OpenDatasetOptions } from '../datasets/open-options.js';
import type { OpenedDataset } from '../datasets/opened-dataset.js';
import { LabelwiseError } from '../errors.js';
import type { CliIo } from '../local/io.js';
import type { Run } from './context.js';
import { baseCommand, excludeOption, labelOptions } from './options.js';
import { isLabelTable, type LabelFlags, readLabels } from './read-labels.js';

/** A command that reads a data set, with its flags. */
export function datasetCommand(name: string) {
  return addDatasetFlags(baseCommand(name));
}

/** The flags that choose a part of a data set and name its labels. */
export function addDatasetFlags<C extends ReturnType<typeof baseCommand>>(command: C) {
  const [labels, labelsFile, labelSet] = labelOptions();
  return command
    .option('--split <name>', 'the split to read (default: the only one, otherwise test, otherwise validation)')
    .option('--config <name>', 'the configuration of a repository')
    .option('--revision <name>', 'branch, tag or commit on the hub (default: main)')
    .option('--image-column <name>', 'the column with the images')
    .option('--label-column <name>', 'the column with the labels')
    .addOption(excludeOption())
    .addOption(labels)
    .addOption(labelsFile)
    .addOption(labelSet)
    .addOption(
      new Option(
        '--labels-by <how>',
        'how given labels match those of the data: by name, or one for one in the same order (default: name)',
      ).choices(['name', 'order'] as const),
    );
}

type DatasetFlags = LabelFlags &
  Partial<Pick<OpenDatasetOptions, 'split' | 'config' | 'revision' | 'imageColumn' | 'labelColumn' | 'labelsBy'>>;

/** The data set that an argument and the flags name, with a bar for downloads and warnings on stderr. */
export async function openNamedDataset(source: string, flags: DatasetFlags, run: Run): Promise<OpenedDataset> {
  const { io } = run;
  const given = await readGivenLabels(flags, run);
  const { openDataset } = await import('../datasets/open-dataset.js');
  const download = run.progress('downloading', 'bytes');
  try {
    return await openDataset(pathOf(source, io), {
      split: flags.split,
      config: flags.config,
      revision: flags.revision,
      imageColumn: flags.imageColumn,
      labelColumn: flags.labelColumn,
      labelNames: given?.labels.map(({ name }) => name),
      labelAliases:
        given && new Map(given.labels.flatMap(({ name, promptName, synonyms }) => [promptName, ...synonyms].map((other) => [other, name]))),
      labelsBy: flags.labelsBy,
      exclude: run.config.exclude,
      signal: io.signal,
      home: run.workspace.settings.home,
      hub: run.workspace.settings.hub,
      onWarning: (message) => run.warn(message),
      onDownload: ({ doneBytes, totalBytes }) => download.update(doneBytes, totalBytes),
    });
  } finally {
    download.clear();
  }
}

/** The labels that the flags name, if they do. `--label-set` also takes a label table, unless a label set of its name ships with labelwise. */
export async function readGivenLabels(flags: LabelFlags, run: Run): Promise<LabelSet | undefined> {
  const hasLabels = [flags.labels, flags.labelsFile, flags.labelSet].some((value) => value !== undefined);
  if (!hasLabels) return undefined;
  if (!(await isLabelTable(flags, run))) return readLabels(flags, run.io);
  const { openLabelTables } = await import('../tasks/label-tables.js');
  return (await openLabelTables(run.workspace)).labels(flags.labelSet as string);
}

/** A path on disk wins over a repository of the same name. */
function pathOf(source: string, io: CliIo): string {
  if (source === '') throw new LabelwiseError('INVALID_ARGUMENT', 'Expected a data set, got an empty argument.');
  const path = resolve(io.cwd, source);
  return existsSync(path) ? path : source;
}
