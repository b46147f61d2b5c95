import { formatCount } from '../../core/format-count.js';
import { LabelwiseError } from '../../errors.js';
import { promptsOf, startRun } from '../context.js';
import type { CliIo } from '../io.js';
import { labelOptions, modelCommand, templateOption, templateSetOption } from '../options.js';
import { readTagLabels } from '../read-labels.js';
import { readNumber } from '../read-number.js';

/** `labelwise tag`: the labels of a label set on every image of the collection. */
export function tagCommand(io: CliIo) {
  const [labelList, labelsFile, labelSet] = labelOptions();
  return modelCommand('tag')
    .description('tag the indexed images with labels, from their stored embeddings')
    .addOption(labelList)
    .addOption(labelsFile)
    .addOption(labelSet)
    .addOption(templateOption())
    .addOption(templateSetOption())
    .option('--name <name>', 'name of the tag set, whose earlier tags are replaced (default: the name of the label set or file)')
    .option(
      '--min-probability <p>',
      'the smallest probability for a tag (default: 0.8, or 0.5 with --one-label, --multi-label or a SigLIP model)',
    )
    .option('-k, --top-k <n>', 'the most tags per image (default: 5)')
    .option('--one-label', 'one label is right: labels compete with each other alone (softmax)')
    .option('--multi-label', 'an independent probability for each label, as SigLIP models are trained for (sigmoid)')
    .addHelpText('after', EXAMPLES)
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const minProbability = readNumber(flags.minProbability, { flag: '--min-probability', min: 0, max: 1 });
      const { labels: set, table, examples, name } = await readTagLabels(flags, run);
      const { tagImages } = await import('../../tasks/tag-images.js');
      if (flags.oneLabel && flags.multiLabel)
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected one of --one-label and --multi-label, got both.');
      const scoring = flags.oneLabel ? ('softmax' as const) : flags.multiLabel ? ('sigmoid' as const) : undefined;
      const request = { ...promptsOf(run), labels: set, labelTable: table, examples, scoring, name, minProbability, topK: run.config.topK };
      const { tags, tagged, images, labels, replacedLabels, model } = await tagImages(run.workspace, request, run.options).finally(() =>
        run.clearBars(),
      );
      if (replacedLabels !== undefined)
        run.say(`replaced the earlier tags "${name}", from ${replacedLabels} other labels; use --name to keep both`);
      run.say(
        `tagged "${name}": ${formatCount(tags, 'tag')} on ${tagged} of ${formatCount(images, 'image')}, ${formatCount(labels, 'label')}, ${model}`,
      );
    });
}

const EXAMPLES = `
Examples:
  labelwise tag --label-set cifar100 --min-probability 0.6
  labelwise tag --labels-file places.txt --name places --multi-label
  labelwise search "tag:dog"
  labelwise tags remove dog photos/cat.jpg`;
