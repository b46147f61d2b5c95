import { LabelwiseError } from '../../errors.js';
import { type CliIo, writeLine } from '../../local/io.js';
import { describeCalibration } from '../../rows/calibration-lines.js';
import { promptsOf, startRun } from '../context.js';
import { addDatasetFlags, openNamedDataset, readGivenLabels } from '../dataset-options.js';
import { modelCommand, templateOption, templateSetOption } from '../options.js';

/** `labelwise calibrate`: probabilities that come true as often as they say. */
export function calibrateCommand(io: CliIo) {
  return addDatasetFlags(modelCommand('calibrate'))
    .description('fit the probabilities of a model to labelled images, for all later runs')
    .argument('[sources...]', 'data sets, as for eval')
    .addOption(templateOption())
    .addOption(templateSetOption())
    .option('--remove', 'forget what was fitted to the model')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (sources, flags) => {
      await using run = startRun(flags, io);
      if (sources.length > 0 === (flags.remove === true))
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected data sets to calibrate with, or --remove.', {
          hint: 'For example: labelwise calibrate photos-by-class/.',
        });
      const { calibrate, removeCalibration } = await import('../../tasks/calibrate.js');
      if (flags.remove) {
        run.say(`removed the calibrations of ${await removeCalibration(run.workspace, run.options)}`);
        return;
      }
      const datasets = [];
      for (const source of sources) datasets.push(await openNamedDataset(source, flags, run));
      const labels = await readGivenLabels(flags, run);
      const request = { ...promptsOf(run), datasets, labels };
      const summary = await calibrate(run.workspace, request, run.options).finally(() => run.clearBars());
      if (flags.json) await writeLine(io.stdout, JSON.stringify(summary, null, 2));
      else for (const line of describeCalibration(summary)) await writeLine(io.stdout, line);
    });
}

const EXAMPLES = `
Examples:
  labelwise calibrate photos-by-class/
  labelwise calibrate photos-by-class/ more-photos/ --model openai/clip-vit-base-patch32
  labelwise calibrate --remove`;
