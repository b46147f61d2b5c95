import { resolve } from 'node:path';
import { describeAmbiguity, findAmbiguousLabels } from '../../core/ambiguous-labels.js';
import type { LabelSet } from '../../core/label-set.js';
import { LabelwiseError } from '../../errors.js';
import { loadAmbiguousNouns } from '../../home/data-files.js';
import { findImages } from '../../ingest/find-images.js';
import { type CliIo, writeLine } from '../../local/io.js';
import type { TuningImage } from '../../tasks/tune-prompts.js';
import { promptsOf, type Run, startRun } from '../context.js';
import { addDatasetFlags, openNamedDataset, readGivenLabels } from '../dataset-options.js';
import { reportErrors } from '../encode-found.js';
import { findOptionsOf } from '../find-options.js';
import { baseCommand, labelOptions, modelCommand, templateOption, templateSetOption } from '../options.js';
import { readLabels } from '../read-labels.js';

/** `labelwise prompts`: which templates fit your photos, and which labels mean several things. */
export function promptsCommand(io: CliIo) {
  return baseCommand('prompts')
    .description('weigh prompt templates by your images, and check labels')
    .addCommand(tuneCommand(io))
    .addCommand(checkCommand(io));
}

function tuneCommand(io: CliIo) {
  return addDatasetFlags(modelCommand('tune'))
    .description('weigh templates by images, without their labels or with them')
    .argument('<data>', 'images: a file, folder or pattern; with --with-labels a data set, as for eval')
    .addOption(templateOption())
    .addOption(templateSetOption())
    .option('--with-labels', "use the images' own labels")
    .option('--save <file>', 'write a template set with weights, for --template-set')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (data, flags) => {
      const { labels: _, ...rest } = flags;
      await using run = startRun(rest, io);
      if (flags.save !== undefined && !flags.save.endsWith('.json'))
        throw new LabelwiseError('INVALID_ARGUMENT', `Expected --save to name a .json file, got ${flags.save}.`);
      const { labels, images } = flags.withLabels ? await openLabelled(data, flags, run) : await openUnlabelled(data, flags, run);
      const { describeTuned, toTemplateFile, tunePrompts } = await import('../../tasks/tune-prompts.js');
      const tuned = await tunePrompts(run.workspace, { ...promptsOf(run), labels, images }, run.options).finally(() => run.clearBars());
      const set = toTemplateFile(tuned, labels);
      for (const line of flags.json ? [JSON.stringify({ ...tuned, ...set }, null, 2)] : describeTuned(tuned))
        await writeLine(io.stdout, line);
      if (flags.save !== undefined) {
        const { writeOutput } = await import('../../files/open-output.js');
        await writeOutput(resolve(io.cwd, flags.save), `${JSON.stringify(set, null, 2)}\n`, 'choose another place with `save`');
        run.say(`saved ${flags.save}: use it with --template-set ${flags.save}`);
      }
      await advise(labels, run);
      reportErrors(tuned.failed, tuned.failed + tuned.images);
    });
}

type Flags = Parameters<typeof openNamedDataset>[1];

async function openUnlabelled(data: string, flags: Flags, run: Run) {
  const labels = await readGivenLabels(flags, run);
  if (labels === undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected labels from one of --labels, --labels-file and --label-set, got none.', {
      hint: 'Name them, or use --with-labels with a data set that has labels.',
    });
  async function* images(): AsyncGenerator<TuningImage> {
    for await (const { source, error } of findImages([data], findOptionsOf(run))) yield { image: source, error };
  }
  return { labels, images: images() };
}

async function openLabelled(data: string, flags: Flags, run: Run) {
  const dataset = await openNamedDataset(data, flags, run);
  if (dataset.isMultiLabel) throw new LabelwiseError('INVALID_ARGUMENT', 'Expected images with one label each, got several labels.');
  const { labelsOfData } = await import('../../tasks/evaluate/choose-labels.js');
  const labels = (await readGivenLabels(flags, run)) ?? (await labelsOfData(dataset)).labelSet;
  async function* images(): AsyncGenerator<TuningImage> {
    for await (const example of dataset.examples({ signal: run.io.signal }))
      yield 'error' in example ? { image: '', error: example.error } : { image: example.image, truth: example.labels[0] };
  }
  return { labels, images: images() };
}

function checkCommand(io: CliIo) {
  const [labels, labelsFile, labelSet] = labelOptions();
  return baseCommand('check')
    .description('name labels that mean several things')
    .addOption(labels)
    .addOption(labelsFile)
    .addOption(labelSet)
    .action(async (flags) => {
      const set = await readLabels(flags, io);
      const found = findAmbiguousLabels(set, await loadAmbiguousNouns());
      for (const ambiguous of found) await writeLine(io.stdout, describeAmbiguity(ambiguous));
      await using run = startRun({ quiet: flags.quiet }, io);
      run.say(found.length === 0 ? `no label of ${set.labels.length} is known to mean several things` : HOW);
    });
}

async function advise(labels: LabelSet, run: Run): Promise<void> {
  const found = findAmbiguousLabels(labels, await loadAmbiguousNouns());
  for (const ambiguous of found) run.say(describeAmbiguity(ambiguous));
  if (found.length > 0) run.say(HOW);
}

const HOW = 'Say which one you mean with a prompt name: a line "crane<tab>crane (bird)" in a labels file.';

const EXAMPLES = `
Examples:
  labelwise prompts tune photos/ --label-set oxford-pets --template-set imagenet-80 --save pets.json
  labelwise prompts tune photos-by-class/ --with-labels --template-set imagenet-80 --save mine.json
  labelwise classify photo.jpg --label-set oxford-pets --template-set pets.json
  labelwise prompts check --labels "crane, mouse, palm"`;
