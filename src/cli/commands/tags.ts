import { formatCount } from '../../core/format-count.js';
import { resolveImage } from '../../files/object-address.js';
import type { CliIo } from '../../local/io.js';
import { correctionRows, tagSetRows } from '../../rows/tag-rows.js';
import { type Run, startRun } from '../context.js';
import { addFormats, baseCommand } from '../options.js';
import { type Format, formatOf, printRows } from '../render/rows.js';

/** `labelwise tags`: tag sets, and corrections by hand. */
export function tagsCommand(io: CliIo) {
  return baseCommand('tags')
    .description('list tag sets, and correct the tags of images by hand')
    .addCommand(listCommand(io))
    .addCommand(changeCommand(io, 'add', 'add a tag to images, whatever the model says'))
    .addCommand(changeCommand(io, 'remove', 'remove a tag from images, whatever the model says'))
    .addCommand(changeCommand(io, 'forget', 'undo corrections, so that the model decides again'))
    .addCommand(deleteCommand(io))
    .addHelpText('after', EXAMPLES);
}

const withDatabase = (name: string) => baseCommand(name).option('--db <folder>', 'folder of the database');

function listCommand(io: CliIo) {
  return addFormats(withDatabase('list'))
    .description('list the tag sets, or the corrections by hand')
    .option('--corrections', 'list the corrections by hand')
    .action(async (flags) => {
      await using run = startRun(flags, io);
      if (flags.corrections) return await printCorrections(run, formatOf(flags));
      const { listTagSets } = await import('../../tasks/tags/correct-tags.js');
      const sets = await listTagSets(run.workspace);
      await printRows(sets, { io, format: formatOf(flags) }, tagSetRows);
      if (sets.length === 0)
        run.say(
          `no tag sets in ${run.config.db} (for corrections by hand: labelwise tags list --corrections); create one with: labelwise tag --label-set NAME`,
        );
    });
}

function changeCommand(io: CliIo, verb: 'add' | 'remove' | 'forget', description: string) {
  return withDatabase(verb)
    .description(description)
    .argument('<tag>', 'the tag')
    .argument('<images...>', verb === 'forget' ? 'indexed images, or content hashes of images no longer indexed' : 'indexed images')
    .action(async (tag, images, flags) => {
      await using run = startRun(flags, io);
      const { correctTags } = await import('../../tasks/tags/correct-tags.js');
      const paths = images.map((name) => ({ name, path: resolveImage(io.cwd, name) }));
      const { tag: label, changed } = await correctTags(run.workspace, { tag, change: verb, images: paths }, run.options);
      run.say(
        verb === 'forget' && changed === 0
          ? `nothing to forget: "${label}" was neither added to nor removed from these images by hand`
          : `${PAST[verb]} "${label}": ${formatCount(changed, 'image')}`,
      );
    });
}

async function printCorrections(run: Run, format: Format): Promise<void> {
  const { listCorrections } = await import('../../tasks/tags/correct-tags.js');
  const rows = await listCorrections(run.workspace, run.options);
  await printRows(rows, { io: run.io, format }, correctionRows(run.io.cwd));
  if (rows.length === 0) run.say('no corrections by hand; add one with: labelwise tags add TAG IMAGE');
}

const PAST = { add: 'added', remove: 'removed', forget: 'forgot corrections of' };

function deleteCommand(io: CliIo) {
  return withDatabase('delete')
    .description('delete a tag set; corrections by hand are kept')
    .argument('<name>', 'the name of the tag set')
    .action(async (name, flags) => {
      await using run = startRun(flags, io);
      const { deleteTagSet } = await import('../../tasks/tags/correct-tags.js');
      await deleteTagSet(run.workspace, name);
      run.say(`deleted the tags "${name}" from ${run.config.db}`);
    });
}

const EXAMPLES = `
Examples:
  labelwise tags add dog photos/beach.jpg photos/park.jpg
  labelwise tags remove wolf photos/park.jpg
  labelwise tags list`;
