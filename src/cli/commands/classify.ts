import { LabelwiseError } from '../../errors.js';
import { type CliIo, writeLine } from '../../local/io.js';
import { classificationRows } from '../../rows/classification-rows.js';
import type { ExplainedStep } from '../../tasks/explain.js';
import type { Explanation } from '../../tasks/explain-answers.js';
import type { OpenedZeroShot } from '../../tasks/open-zero-shot.js';
import { promptsOf, type Run, startRun } from '../context.js';
import { encodeFound, reportErrors, toErrorRow } from '../encode-found.js';
import { addFormats, excludeOption, labelOptions, modelCommand, templateOption, templateSetOption } from '../options.js';
import { readLabels } from '../read-labels.js';
import { readNumber } from '../read-number.js';
import { paint, showsPictures, styleOf } from '../render/paint.js';
import { createRowWriter, type Format, formatOf } from '../render/rows.js';

/** `labelwise classify`: which labels fit which image. */
export function classifyCommand(io: CliIo) {
  const [labels, labelsFile, labelSet] = labelOptions();
  return addFormats(modelCommand('classify'))
    .description('rank labels for images')
    .argument('<images...>', 'files, folders, patterns, or - for stdin')
    .addOption(labels)
    .addOption(labelsFile)
    .addOption(labelSet)
    .option('--table <name>', 'a label table from "labels build", instead of labels')
    .addOption(templateOption())
    .addOption(templateSetOption())
    .addOption(excludeOption())
    .option('-k, --top-k <n>', 'number of labels to show (default: 5)')
    .option('--multi-label', 'several labels may apply: an independent probability for each (sigmoid)')
    .option('--none', 'allow the answer "none of these"')
    .option('--none-rate <p>', 'with --none: the largest share of wrong labels on images that show none (default: 0.5)')
    .option('--explain', 'show every step, and what speaks for the answer; with --html also which parts of the picture')
    .option('--no-thumbnails', 'do not show pictures in the terminal')
    .option('--html <file>', 'write a page with the pictures and their labels')
    .addHelpText('after', EXAMPLES)
    .action(async (images, flags) => {
      await using run = startRun(flags, io);
      const format = formatOf(flags);
      const isFromTable = flags.table !== undefined;
      if (isFromTable && (flags.labels ?? flags.labelsFile ?? flags.labelSet ?? flags.template ?? flags.templateSet) !== undefined) {
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected --table alone: the table already holds its labels and templates.');
      }
      const labelsInput = isFromTable ? undefined : await readLabels(flags, io, images);
      const { openZeroShot } = await import('../../tasks/open-zero-shot.js');
      const request = {
        labels: labelsInput,
        labelTable: flags.table,
        examples: flags.labelSet,
        ...promptsOf(run),
        scoring: flags.multiLabel ? ('sigmoid' as const) : undefined,
        none: flags.none,
        noneRate: readNumber(flags.noneRate, { flag: '--none-rate', min: 0, max: 1 }),
      };
      const opened = await openZeroShot(run.workspace, request, { ...run.options, opensImages: true });
      run.clearBars();
      const { encoder, zeroShot } = opened;
      await using file =
        flags.html === undefined ? undefined : await (await import('../../pages/html-file.js')).openHtmlFile(flags.html, io);
      const page = file && (await (await import('../../pages/classification-page.js')).createClassificationPage(file, opened));
      const explain = flags.explain ? await startExplaining(opened, run, format) : undefined;
      const hasPictures = format === 'human' && flags.thumbnails && !run.isQuiet && showsPictures(io);
      const writer = createRowWriter(io, format, classificationRows(styleOf(io), hasPictures ? encoder : undefined));
      let total = 0;
      let failed = 0;
      for await (const { found, outcome } of encodeFound(encoder, images, run)) {
        total++;
        if ('error' in outcome) failed++;
        const explanation = 'error' in outcome ? undefined : await explain?.({ ...found, outcome }, page !== undefined);
        const row =
          'error' in outcome
            ? toErrorRow(found.path, outcome.error)
            : {
                path: found.path,
                source: found.source,
                ...zeroShot.answer(outcome.embedding, run.config.topK),
                ...(explanation ? { explanation } : {}),
              };
        await page?.add(row);
        await writer.write(row);
      }
      await writer.end();
      await page?.end();
      if (file) run.say(`page: ${file.path}`);
      reportErrors(failed, total);
    });
}

/** Prints how labels became class embeddings, and gives the function that does so for an image. Beside data for programs, it goes to stderr. */
async function startExplaining(opened: OpenedZeroShot, { config, io }: Run, format: Format) {
  const { explainImage, explainLabels } = await import('../../tasks/explain.js');
  const { answerExplainer, describeAnswer } = await import('../../tasks/explain-answers.js');
  const explainAnswer = await answerExplainer(opened);
  const out = format === 'human' ? io.stdout : io.stderr;
  const print = async ({ title, detail, lines }: ExplainedStep): Promise<void> => {
    const head = paint(io, 'bold', out)(title) + (detail === undefined ? '' : `  ${detail}`);
    for (const line of [head, ...lines.map((text) => `  ${text}`)]) await writeLine(out, line);
  };
  const steps = await explainLabels(opened, { cacheFolder: config.cache ? config.cacheFolder : undefined });
  for (const step of steps) await print(step);
  await writeLine(out, '');
  return async (image: Parameters<typeof explainImage>[1], hasHeatMap: boolean): Promise<Explanation> => {
    await print(await explainImage(opened.encoder, image, io.signal));
    const explanation = await explainAnswer(image.source, image.outcome.embedding, { hasHeatMap, signal: io.signal });
    await print(describeAnswer(explanation));
    return explanation;
  };
}

const EXAMPLES = `
Examples:
  labelwise classify photo.jpg --labels "cat, dog, red panda"
  labelwise classify photos/ --label-set cifar100 --top-k 10 --explain
  labelwise classify photo.jpg --labels-file labels.txt --model openai/clip-vit-large-patch14
  labelwise classify photos/ --labels "cat, dog" --none
  cat photo.jpg | labelwise classify - --labels "cat, dog" --ndjson`;
