import { LabelwiseError } from '../../errors.js';
import { showInput } from '../../files/show-path.js';
import { findImages } from '../../ingest/find-images.js';
import type { CliIo } from '../../local/io.js';
import { exampleRows } from '../../rows/label-rows.js';
import { promptsOf, type Run, startRun } from '../context.js';
import { reportErrors } from '../encode-found.js';
import { findOptionsOf } from '../find-options.js';
import { addFormats, collect, excludeOption, modelCommand, templateOption, templateSetOption } from '../options.js';
import { formatOf, printRows } from '../render/rows.js';

/** `labelwise teach`: a few example images for the labels of a label set. */
export function teachCommand(io: CliIo) {
  return addFormats(modelCommand('teach'))
    .description('improve a label set with a few example images of its labels')
    .argument('<name>', 'a label table from "labels build", or a label set that ships with labelwise')
    .option('--add <label=images>', 'images that show a label: a file, folder or pattern; repeatable', collect)
    .option('--from-corrections', 'learn from all corrections of tags by hand ("tags add", "tags remove")')
    .option('--forget <label>', 'forget the examples of a label, or one with label=source, as --list prints it; repeatable', collect)
    .option('--forget-all', 'forget all examples of the label set')
    .option('--list', 'list the examples')
    .addOption(excludeOption())
    .addOption(templateOption())
    .addOption(templateSetOption())
    .option('--multi-label', 'measure for several labels per image (sigmoid)')
    .addHelpText('after', EXAMPLES)
    .action(async (name, flags) => {
      const { add, fromCorrections, forget, forgetAll, list, multiLabel, ...rest } = flags;
      await using run = startRun(rest, io);
      const format = formatOf(flags);
      const changes = [add, fromCorrections, forget].filter((value) => value !== undefined).length;
      const isOne = forgetAll || list ? changes === 0 && !(forgetAll && list) : changes > 0 && format === 'human';
      if (!isOne)
        throw new LabelwiseError(
          'INVALID_ARGUMENT',
          'Expected --add, --from-corrections or --forget, or --forget-all alone, or --list alone (which also takes --json, --ndjson or --csv).',
          { hint: 'For example: labelwise teach pets --add beagle=examples/beagle/' },
        );
      if (list) return await printExamples(run, name, format);
      const { teach } = await import('../../tasks/teach/teach.js');
      const { describeTeaching } = await import('../../tasks/teach/describe-teaching.js');
      const scoring = multiLabel ? ('sigmoid' as const) : undefined;
      const request = { ...promptsOf(run), name, add: add && imagesOf(add, run), fromCorrections, forget, forgetAll, scoring };
      const summary = await teach(run.workspace, request, run.options).finally(() => run.clearBars());
      for (const line of describeTeaching(summary)) run.say(line);
      for (const { source, error } of summary.failed) run.warn(`${showInput(source)}: ${error.message}`);
      reportErrors(summary.failed.length, summary.failed.length + summary.added + summary.known);
    });
}

async function* imagesOf(pairs: readonly string[], run: Run) {
  for (const pair of pairs) {
    const [label, input] = splitPair(pair);
    for await (const { path, source, error } of findImages([input], findOptionsOf(run)))
      yield { label, image: source, source: path, error };
  }
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  const [label, input] = [pair.slice(0, at).trim(), pair.slice(at + 1)];
  if (at > 0 && label !== '' && input !== '') return [label, input];
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected --add LABEL=IMAGES, got "${pair}".`, {
    hint: 'For example: --add beagle=examples/beagle/',
  });
}

async function printExamples(run: Run, name: string, format: ReturnType<typeof formatOf>): Promise<void> {
  const { listExamples } = await import('../../tasks/teach/teach.js');
  const rows = await listExamples(run.workspace, name);
  await printRows(rows, { io: run.io, format }, exampleRows);
  if (rows.length === 0)
    run.say(`"${name}" has no examples in ${run.config.db}; add some with: labelwise teach ${name} --add LABEL=IMAGES`);
}

const EXAMPLES = `
Examples:
  labelwise labels build pets --labels "beagle, tabby cat, rabbit"
  labelwise teach pets --add beagle=examples/beagle/ --add rabbit=examples/rabbit.jpg
  labelwise classify photo.jpg --table pets
  labelwise teach caltech101 --from-corrections
  labelwise teach pets --forget beagle`;
