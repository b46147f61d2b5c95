import { EMBEDDED_MODEL } from '../../checkpoints/checkpoint-folder.js';
import { LabelwiseError } from '../../errors.js';
import { resolvePlace } from '../../files/object-address.js';
import type { FailedFile, IndexSummary } from '../../ingest/index-folders.js';
import type { CliIo } from '../../local/io.js';
import { summaryRows } from '../../rows/index-rows.js';
import { startRun } from '../context.js';
import { sayLeftOut } from '../find-options.js';
import { addFormats, excludeOption, modelCommand } from '../options.js';
import { readNumber } from '../read-number.js';
import { formatOf, printRows } from '../render/rows.js';
import { toShownError } from '../to-flags.js';
import { indexBackupCommands } from './index-backup.js';
import { indexMaintenanceCommands } from './index-maintenance.js';
import { indexMigrateCommand } from './index-migrate.js';

/** `labelwise index`: reads folders of images once, and keeps the index up to date. */
export function indexCommand(io: CliIo) {
  const command = addFormats(modelCommand('index'))
    .description('read folders of images into the index for search, tag and duplicates')
    .argument('[folders...]', 'folders to index or update (default: all indexed folders)')
    .option('--watch', 'keep running and follow changes in the folders until Ctrl-C')
    .addOption(excludeOption('; remembered for later runs'))
    .option('--allow-empty', 'remove the images of a folder that is empty now')
    .option(
      '--crops',
      'also embed the four corners of each picture, to find what is small in it: five times the work and space (remembered for later runs)',
    )
    .option('--queue <address>', 'hand the images out to "labelwise worker" on other machines: redis://HOST:6379')
    .option('--shard-images <n>', 'with --queue: images that one worker takes at a time (default: 512)')
    .option('--forget', 'remove these folders and their images from the index')
    .addHelpText('after', EXAMPLES)
    .action(async (folders, flags) => {
      await using run = startRun(flags, io);
      const { workspace, options, config } = run;
      const format = formatOf(flags);
      if (folders.includes('')) {
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected the name of a folder, got an empty argument: is a variable unset?');
      }
      refuseUnused(flags);
      const roots = folders.map((folder) => resolvePlace(io.cwd, folder));
      if (flags.forget) {
        const { forgetIndexed } = await import('../../tasks/forget-folders.js');
        await forgetIndexed(workspace, roots, options);
        return;
      }
      const { assertComplete, indexImages, watchImages } = await import('../../tasks/index-images.js');
      const request = { folders: roots, exclude: config.exclude, allowEmpty: flags.allowEmpty === true, crops: flags.crops };
      const show = async (summary: IndexSummary, isFirst = true): Promise<void> => {
        run.clearBars();
        const shown = { ...summary, failed: summary.failed.map(shownFile), missing: summary.missing.map(shownFile) };
        await printRows([shown], { io, format: isFirst ? format : 'human' }, summaryRows);
        if (isFirst) sayLeftOut(summary.leftOut, run);
      };
      if (flags.watch) return await watchImages(workspace, request, { ...options, onSummary: show });
      const { queue } = flags;
      const shardImages = readNumber(flags.shardImages, { flag: '--shard-images', min: 1, isWhole: true });
      const indexing =
        queue === undefined
          ? indexImages(workspace, request, options)
          : import('../../jobs/index-by-queue.js').then(({ indexByQueue }) =>
              indexByQueue(workspace, { ...request, queue, shardImages }, options),
            );
      const summary = await indexing.finally(() => run.clearBars());
      await show(summary);
      if (summary.encoded >= MANY_IMAGES) {
        const { readIndexFacts } = await import('../../tasks/open-index.js');
        if (((await readIndexFacts(workspace)).model ?? EMBEDDED_MODEL) === EMBEDDED_MODEL) run.recommend();
      }
      assertComplete(summary);
    });
  command.enablePositionalOptions();
  for (const child of [...indexMaintenanceCommands(io), ...indexBackupCommands(io), indexMigrateCommand(io)])
    command.addCommand(child as never);
  return command;
}

/** Flags that the run would not read. @throws LabelwiseError `INVALID_ARGUMENT` */
function refuseUnused(flags: Readonly<Record<string, unknown>>): void {
  const given = (...names: string[]): string | undefined => names.find((name) => flags[name] !== undefined);
  const beside = flags.forget ? given('watch', 'queue', 'shardImages', 'exclude', 'allowEmpty', 'crops', ...FORMATS) : undefined;
  if (beside !== undefined)
    throw new LabelwiseError(
      'INVALID_ARGUMENT',
      `Expected \`forget\` without \`${beside}\`: it takes folders out of the index, and nothing else.`,
    );
  if (flags.watch && flags.queue !== undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected either `watch` or `queue`, got both.');
  if (flags.shardImages !== undefined && flags.queue === undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected `queue` beside `shardImages`.');
}

const FORMATS = ['json', 'ndjson', 'csv'];

/** So many images are no first look: a full CLIP is worth its download. */
const MANY_IMAGES = 500;

const shownFile = ({ path, error }: FailedFile) => ({ path, error: toShownError(error) });

const EXAMPLES = `
Examples:
  labelwise index ~/Pictures
  labelwise index ~/Pictures --watch
  labelwise index status --failed
  labelwise search "a dog on the beach"`;
