import { LabelwiseError } from '../../errors.js';
import { type CliIo, writeLine } from '../../local/io.js';
import { openHtmlFile } from '../../pages/html-file.js';
import { promptsOf, startRun } from '../context.js';
import { findOptionsOf } from '../find-options.js';
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
    .option(
      '--name <name>',
      'name of the tag set, whose earlier tags are replaced (default: the name of the label set or file; --labels needs one)',
    )
    .option(
      '--min-probability <p>',
      'the smallest probability for a tag (default: 0.8, or 0.5 with --one-label, --multi-label or a SigLIP model)',
    )
    .option(
      '--balanced',
      'balance precision and recall instead: a cut for each label, which the whole index chooses (more tags, and more mistakes)',
    )
    .option('-k, --top-k <n>', 'the most tags per image (default: 5)')
    .option('--one-label', 'one label is right: labels compete with each other alone (softmax)')
    .option('--multi-label', 'an independent probability for each label, as SigLIP models are trained for (sigmoid)')
    .option('--dry-run', 'store nothing: print what each label would tag')
    .option('--html <file>', 'write a page with the surest pictures of each label')
    .addHelpText('after', EXAMPLES)
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const { config, workspace, options } = run;
      const minProbability = readNumber(flags.minProbability, { flag: '--min-probability', min: 0, max: 1 });
      const { labels, table, examples, name } = await readTagLabels(flags, run);
      await using page = flags.html === undefined ? undefined : await openHtmlFile(flags.html, io);
      const { tagImages } = await import('../../tasks/tags/tag-images.js');
      if (flags.oneLabel && flags.multiLabel)
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected one of --one-label and --multi-label, got both.');
      const scoring = flags.oneLabel ? ('softmax' as const) : flags.multiLabel ? ('sigmoid' as const) : undefined;
      const { dryRun } = flags;
      const choice = {
        labels,
        labelTable: table,
        examples,
        scoring,
        name,
        minProbability,
        balanced: flags.balanced,
        topK: config.topK,
        dryRun,
      };
      const summary = await tagImages(workspace, { ...promptsOf(run), ...choice, samples: page && 8 }, options).finally(() =>
        run.clearBars(),
      );
      const { describeTagging, tagLines, writeTagPage } = await import('../../pages/tag-page.js');
      if (dryRun) for (const line of tagLines(summary, io.cwd)) await writeLine(io.stdout, line);
      for (const line of describeTagging(summary)) run.say(line);
      if (page) await writeTagPage(page, summary, findOptionsOf(run)).then(() => run.say(`page: ${page.path}`));
    });
}

const EXAMPLES = `
Examples:
  labelwise tag --label-set cifar100 --dry-run
  labelwise tag --label-set cifar100 --min-probability 0.6
  labelwise tag --labels-file places.txt --name places --multi-label
  labelwise search "tag:dog"
  labelwise tags remove dog photos/cat.jpg`;
