import { formatCount } from '../../core/format-count.js';
import type { CliIo } from '../../local/io.js';
import { openHtmlFile } from '../../pages/html-file.js';
import { duplicateRows } from '../../rows/duplicate-rows.js';
import { findDuplicates, KEEP_RULE } from '../../tasks/find-duplicates.js';
import { startRun } from '../context.js';
import { findOptionsOf } from '../find-options.js';
import { addFormats, baseCommand } from '../options.js';
import { readNumber } from '../read-number.js';
import { styleOf } from '../render/paint.js';
import { formatOf, printRows } from '../render/rows.js';

/** `labelwise duplicates`: images of the collection that are alike. */
export function duplicatesCommand(io: CliIo) {
  return addFormats(baseCommand('duplicates').option('--db <folder>', 'folder of the database'))
    .description('group indexed images that are nearly the same')
    .addHelpText('after', `\n${KEEP_RULE} Files that no longer exist are skipped.\nA link and its target count as one file.`)
    .option('--min-similarity <x>', 'the smallest cosine of two images in one group', '0.95')
    .option('--html <file>', 'write a page with the pictures of each group')
    .option('--threads <n>', 'CPU cores to use (default: all that the process may use)')
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const minSimilarity = readNumber(flags.minSimilarity, { flag: '--min-similarity', min: -1, max: 1 });
      const format = formatOf(flags);
      await using page = flags.html === undefined ? undefined : await openHtmlFile(flags.html, io);
      const { groups, images } = await findDuplicates(run.workspace, { minSimilarity }, run.options).finally(() => run.clearBars());
      await printRows(groups, { io, format }, duplicateRows(styleOf(io), io.cwd));
      if (page) {
        const { writeDuplicatesPage } = await import('../../pages/duplicates-page.js');
        await writeDuplicatesPage(page, groups, { ...findOptionsOf(run), minSimilarity });
        run.say(`page: ${page.path}`);
      }
      const alike = groups.reduce((sum, row) => sum + row.images.length, 0);
      if (groups.length > 0) run.say(KEEP_RULE);
      run.say(`${alike} of ${images} images are in ${formatCount(groups.length, 'group')}`);
    });
}
