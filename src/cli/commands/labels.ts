import { formatCount } from '../../core/format-count.js';
import type { CliIo } from '../../local/io.js';
import { labelTableRows, type MatchRow, matchRows } from '../../rows/label-rows.js';
import { promptsOf, type Run, startRun } from '../context.js';
import { encodeFound, reportErrors, toErrorRow } from '../encode-found.js';
import { addFormats, baseCommand, labelOptions, modelCommand, templateOption, templateSetOption } from '../options.js';
import { readLabels } from '../read-labels.js';
import { readNumber } from '../read-number.js';
import { styleOf } from '../render/paint.js';
import { createRowWriter, formatOf, printRows } from '../render/rows.js';

/** `labelwise labels`: label tables in LanceDB, each bound to the model and the templates that made it. */
export function labelsCommand(io: CliIo) {
  return baseCommand('labels')
    .description('store labels with their embeddings, and search them')
    .addCommand(buildCommand(io))
    .addCommand(searchCommand(io))
    .addCommand(listCommand(io))
    .addCommand(removeCommand(io));
}

function buildCommand(io: CliIo) {
  const [labelList, labelsFile, labelSet] = labelOptions();
  return modelCommand('build')
    .description('embed labels and store them under a name')
    .argument('<name>', 'name of the table')
    .addOption(labelList)
    .addOption(labelsFile)
    .addOption(labelSet)
    .addOption(templateOption())
    .addOption(templateSetOption())
    .option('--overwrite', 'replace a table of this name')
    .action(async (name, flags) => {
      await using run = startRun(flags, io);
      const set = await readLabels(flags, io);
      const { buildLabelTable } = await import('../../tasks/label-tables.js');
      const request = { ...promptsOf(run), name, labels: set, overwrite: flags.overwrite };
      const { labels, templates, model } = await buildLabelTable(run.workspace, request, run.options).finally(() => run.clearBars());
      run.say(`built "${name}": ${formatCount(labels, 'label')}, ${formatCount(templates, 'template')}, ${model}, in ${run.config.db}`);
    });
}

type Match = MatchRow['matches'][number];
const toMatch = ({ label, similarity, distance }: Match): Match => ({ label, similarity, distance });

function searchCommand(io: CliIo) {
  return addFormats(modelCommand('search'))
    .description('find the stored labels nearest to images')
    .argument('<name>', 'name of the table')
    .argument('<images...>', 'files, folders, patterns, or - for stdin')
    .option('--limit <n>', 'number of labels', '10')
    .action(async (name, images, flags) => {
      await using run = startRun(flags, io);
      const limit = readNumber(flags.limit, { flag: '--limit', min: 1, isWhole: true });
      const store = await openStore(run);
      const encoder = await run.workspace.encoder();
      const writer = createRowWriter(io, formatOf(flags), matchRows(styleOf(io)));
      let total = 0;
      let failed = 0;
      for await (const { found, outcome } of encodeFound(encoder, images, run)) {
        total++;
        if ('error' in outcome) failed++;
        const row =
          'error' in outcome
            ? toErrorRow(found.path, outcome.error)
            : { path: found.path, matches: (await store.search(name, encoder.info, outcome.embedding, limit)).map(toMatch) };
        await writer.write(row);
      }
      await writer.end();
      reportErrors(failed, total);
    });
}

function listCommand(io: CliIo) {
  return addFormats(baseCommand('list').option('--db <folder>', 'folder of the database'))
    .description('list the label tables')
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const store = await openStore(run);
      const tables = await store.list();
      await printRows(tables, { io, format: formatOf(flags) }, labelTableRows);
      if (tables.length === 0)
        run.say(`no label tables in ${run.config.db}; create one with: labelwise labels build NAME --labels-file FILE`);
    });
}

function removeCommand(io: CliIo) {
  return baseCommand('remove')
    .description('remove a label table')
    .argument('<name>', 'name of the table')
    .option('--db <folder>', 'folder of the database')
    .action(async (name, flags) => {
      await using run = startRun(flags, io);
      const store = await openStore(run);
      await store.remove(name);
      run.say(`removed "${name}" from ${run.config.db}`);
      const { loadExamples } = await import('../../tasks/teach/apply-examples.js');
      if (await loadExamples(run.workspace, name))
        run.say(`its examples stay for the next table of this name; forget them with: labelwise teach ${name} --forget-all`);
    });
}

async function openStore({ workspace }: Run) {
  const { openLabelTables } = await import('../../tasks/label-tables.js');
  return openLabelTables(workspace);
}
