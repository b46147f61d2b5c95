import { LabelwiseError } from '../../errors.js';
import { promptsOf, startRun } from '../context.js';
import { type ErrorRow, encodeFound, reportErrors, toErrorRow } from '../encode-found.js';
import { findImages } from '../find-images.js';
import type { CliIo } from '../io.js';
import { addFormats, excludeOption, labelOptions, modelCommand, templateOption, templateSetOption } from '../options.js';
import { readLabels } from '../read-labels.js';
import { type ClassifiedRow, classificationRenderers } from '../render/classification.js';
import { createRowWriter, formatOf } from '../render/rows.js';

/** `labelwise classify`: which labels fit which image. */
export function classifyCommand(io: CliIo) {
  const [labels, labelsFile, labelSet] = labelOptions();
  return addFormats(modelCommand('classify'))
    .description('rank labels for images')
    .argument('<images...>', 'files, folders, patterns, or - for stdin')
    .addOption(labels)
    .addOption(labelsFile)
    .addOption(labelSet)
    .option('--table <name>', 'a label table that "labels build" made, instead of labels')
    .addOption(templateOption())
    .addOption(templateSetOption())
    .addOption(excludeOption())
    .option('-k, --top-k <n>', 'how many labels to show (default: 5)')
    .option('--multi-label', 'several labels may be right: a probability for each by itself (sigmoid)')
    .option('--explain', 'show each step: prompts, tokens, shapes, norms')
    .option('--no-thumbnails', 'show no pictures in the terminal')
    .option('--html <file>', 'write a page with the pictures and their labels')
    .addHelpText('after', EXAMPLES)
    .action(async (images, flags) => {
      await using run = startRun(flags, io);
      const format = formatOf(flags);
      const isFromTable = flags.table !== undefined;
      if (isFromTable && (flags.labels ?? flags.labelsFile ?? flags.labelSet ?? flags.template ?? flags.templateSet) !== undefined) {
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected --table alone: the table already holds its labels and templates.');
      }
      const labelsInput = isFromTable ? undefined : await readLabels(flags, io);
      const { openZeroShot } = await import('../../tasks/open-zero-shot.js');
      const request = {
        labels: labelsInput,
        labelTable: flags.table,
        ...promptsOf(run),
        scoring: flags.multiLabel ? ('sigmoid' as const) : undefined,
      };
      const opened = await openZeroShot(run.workspace, request, run.options);
      run.clearBars();
      const { encoder, zeroShot } = opened;
      await using page =
        flags.html === undefined ? undefined : await (await import('../render/html-page.js')).createHtmlPage(flags.html, opened, run);
      const pictures = format === 'human' && flags.thumbnails && !run.isQuiet;
      const writer = createRowWriter<ClassifiedRow | ErrorRow>(io, format, await classificationRenderers(io, encoder, pictures));
      if (flags.explain) await (await import('../render/explain.js')).explainLabels(opened, run, format);
      let total = 0;
      let failed = 0;
      for await (const { found, outcome } of encodeFound(encoder, findImages(images, run, encoder.limits), run)) {
        total++;
        if ('error' in outcome) failed++;
        const row =
          'error' in outcome
            ? toErrorRow(found.path, outcome.error)
            : { path: found.path, source: found.source, predictions: zeroShot.classify(outcome.embedding, run.config.topK) };
        if (flags.explain && !('error' in outcome))
          await (await import('../render/explain.js')).explainImage(opened, outcome, found, run, format);
        await page?.add(found, row);
        await writer.write(row);
      }
      await writer.end();
      await page?.end();
      reportErrors(failed, total);
    });
}

const EXAMPLES = `
Examples:
  labelwise classify photo.jpg --labels "cat, dog, red panda"
  labelwise classify photos/ --label-set cifar100 --top-k 10 --explain
  labelwise classify photo.jpg --labels-file labels.txt --model openai/clip-vit-large-patch14
  cat photo.jpg | labelwise classify - --labels "cat, dog" --ndjson`;
