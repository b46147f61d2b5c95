import { LabelwiseError } from '../../errors.js';
import type { Results } from '../../eval/results/results-schema.js';
import { resolveOutput } from '../../files/resolve-output.js';
import { type CliIo, writeLine } from '../../local/io.js';
import type { ChosenLabels } from '../../tasks/evaluate/choose-labels.js';
import type { Evaluated } from '../../tasks/evaluate/evaluate.js';
import { type Run, startRun, toTemplateSet } from '../context.js';
import { addDatasetFlags, openNamedDataset, readGivenLabels } from '../dataset-options.js';
import { reportErrors } from '../encode-found.js';
import { addModelSettings, baseCommand, modelsOption, templateOption, templateSetsOption } from '../options.js';
import type { LabelFlags } from '../read-labels.js';
import { readNumber } from '../read-number.js';
import { paint } from '../render/paint.js';

const MOST = 2 ** 31 - 1;

/** `labelwise eval`: how often a model is right on a data set, and how sure that is. */
export function evalCommand(io: CliIo) {
  const command = addDatasetFlags(baseCommand('eval'))
    .addOption(modelsOption())
    .addOption(templateOption())
    .addOption(templateSetsOption());
  addModelSettings(command);
  return command
    .description('measure accuracy on a data set')
    .argument(
      '<source>',
      'owner/name on the hub, a folder (Parquet, or one folder per label), or a .parquet, .csv, .tsv, .jsonl or CIFAR file',
    )
    .option('-k, --top-k <n>', 'also measure top-k accuracy, and save k predictions per image (default: 5)')
    .option('--crops', 'with several labels per image: look at the four corners of each image too, as "index --crops" does')
    .option('--compare', 'measure each --template, --template-set and --model separately, side by side')
    .option('--limit <n>', 'use only the first n images')
    .option('--seed <n>', 'seed of the bootstrap intervals (default: 0)')
    .option('--resamples <n>', 'number of bootstrap resamples (default: 1000)')
    .option('--report <folder>', 'write report.html, summary.md, results.json and the predictions; resumes an interrupted run')
    .option('--overwrite', 'start again in a folder that contains another run')
    .option('--json', 'print results.json')
    .option('--clip-benchmark', "print JSON with CLIP_benchmark's field names")
    .addHelpText('after', EXAMPLES)
    .action(async (source, flags) => {
      const { model, templateSet, ...rest } = flags;
      await using run = startRun(rest, io);
      const { config } = run;
      if (flags.json && flags.clipBenchmark)
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected one of --json and --clip-benchmark, got both.');
      const counts = {
        limit: readNumber(flags.limit, { flag: '--limit', min: 1, max: MOST, isWhole: true }),
        seed: readNumber(flags.seed, { flag: '--seed', min: 0, max: MOST, isWhole: true }),
        resamples: readNumber(flags.resamples, { flag: '--resamples', min: 100, max: MOST, isWhole: true }),
      };
      const dataset = await openNamedDataset(source, flags, run);
      const { evaluate } = await import('../../tasks/evaluate/evaluate.js');
      const deliver = async (evaluated: Evaluated): Promise<void> => {
        run.clearBars();
        if (flags.report !== undefined) {
          const { writeReport } = await import('../../pages/evaluation/write-report.js');
          await writeReport(evaluated, { dataset, clipBenchmark: flags.clipBenchmark === true, signal: io.signal });
          run.say(`report: ${flags.report}/report.html, with summary.md, results.json, predictions.parquet and predictions.csv`);
        }
        await print(io, evaluated.results, flags);
      };
      const request = {
        ...counts,
        dataset,
        labels: await givenLabels(flags, run),
        models: model ?? [config.model],
        templates: config.template,
        templateSets: (templateSet ?? (config.templateSet === undefined ? [] : [config.templateSet])).map((name) =>
          toTemplateSet(name, io),
        ),
        compare: flags.compare === true,
        crops: flags.crops === true,
        topK: config.topK,
        report: flags.report === undefined ? undefined : resolveOutput(io.cwd, flags.report, 'report'),
        overwrite: flags.overwrite === true,
        deliver,
      };
      const results = await evaluate(run.workspace, request, run.options).finally(() => run.clearBars());
      for (const { id, message } of results.failures.slice(0, 5)) run.warn(`${id}: ${message}`);
      reportErrors(results.images.failed, results.images.total);
    });
}

async function givenLabels(flags: LabelFlags, run: Run): Promise<ChosenLabels | undefined> {
  const labelSet = await readGivenLabels(flags, run);
  if (labelSet === undefined) return undefined;
  if (flags.labelSet !== undefined) return { labelSet, source: `label set ${flags.labelSet}`, examples: flags.labelSet };
  return {
    labelSet,
    source: flags.labelsFile === undefined ? '--labels' : flags.labelsFile === '-' ? 'stdin' : `file ${flags.labelsFile}`,
  };
}

async function print(io: CliIo, results: Results, flags: { json?: true | undefined; clipBenchmark?: true | undefined }): Promise<void> {
  if (flags.json) await writeLine(io.stdout, JSON.stringify(results, null, 2));
  else if (flags.clipBenchmark) {
    const { toClipBenchmark } = await import('../../eval/results/clip-benchmark.js');
    for (const result of toClipBenchmark(results)) await writeLine(io.stdout, JSON.stringify(result));
  } else {
    const { describeResults } = await import('../../eval/results/describe-results.js');
    for (const line of describeResults(results, paint(io, 'bold', io.stdout))) await writeLine(io.stdout, line);
  }
}

const EXAMPLES = `
Examples:
  labelwise eval photos-by-class/ --report out/
  labelwise eval uoft-cs/cifar100 --split test --label-column fine_label --model openai/clip-vit-large-patch14 --report out/
  labelwise eval DATA --template-set cifar-18 --template "a photo of a {}." --compare
  labelwise eval DATA --model pocket --model ./my-clip --compare --json`;
