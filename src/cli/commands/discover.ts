import { resolve } from 'node:path';
import { formatCount } from '../../core/format-count.js';
import { resolvePlace } from '../../files/object-address.js';
import { openOutput } from '../../files/open-output.js';
import { resolveOutput } from '../../files/resolve-output.js';
import type { CliIo } from '../../local/io.js';
import { openHtmlFile } from '../../pages/html-file.js';
import { discoveryRows } from '../../rows/discovery-rows.js';
import { discover } from '../../tasks/discover/discover.js';
import { promptsOf, startRun } from '../context.js';
import { findOptionsOf } from '../find-options.js';
import { addFormats, modelCommand, templateOption, templateSetOption } from '../options.js';
import { readNumber } from '../read-number.js';
import { formatOf, printRows } from '../render/rows.js';

/** How many pictures a page has at most: more would make it large, and say nothing more. */
const MOST_MAPPED = 1500;

/** `labelwise discover`: what an index holds, in groups with names. */
export function discoverCommand(io: CliIo) {
  return addFormats(modelCommand('discover'))
    .description('group the indexed images by what they show, and name the groups')
    .argument('[query...]', 'only images with these tags and keywords: "tag:dog -keyword:holiday"')
    .option('--groups <n>', 'number of groups (default: the square root of the number of images, at most 100)')
    .option('--group-size <n>', 'images in a group on average, instead of --groups')
    .option('--seed <n>', 'another seed gives slightly other groups', '0')
    .option('--out <file>', 'write the names as a label set, to edit and to give to "labelwise tag --labels-file"')
    .option('--html <file>', 'write a page with a map of the pictures, the groups and what fits none')
    .option('--open', 'show that page in the browser')
    .option('--where <sql>', 'SQL filter over the columns of the index')
    .option('--in <folder>', 'only images in this folder')
    .option('--after <date>', 'only images taken on or after this date')
    .option('--before <date>', 'only images taken before this date')
    .option('--camera <name>', 'only images from cameras whose name contains this')
    .option('--format <format>', 'only images in this format: jpeg, png, heic, jxl, dng ...')
    .option('--min-rating <n>', 'only images rated at least 1 to 5')
    .option('--near <place>', 'only images taken near degrees north and east: 48.1,11.6')
    .option('--within <distance>', 'how near, such as 500m (default: 10km)')
    .addOption(templateOption())
    .addOption(templateSetOption())
    .addHelpText('after', EXAMPLES)
    .action(async (words, flags) => {
      await using run = startRun(flags, io);
      const format = formatOf(flags);
      const number = (value: string | undefined, flag: string, min: number): number | undefined =>
        readNumber(value, { flag, min, max: 1e6 });
      const { where, after, before, camera, near, within } = flags;
      const scope = {
        ...{ where, after, before, camera, near, within, format: flags.format, query: words.join(' ') },
        in: flags.in === undefined ? undefined : resolvePlace(io.cwd, flags.in),
        minRating: readNumber(flags.minRating, { flag: '--min-rating', min: 1, max: 5 }),
      };
      const { openPage, temporaryPage } = await import('../../pages/open-page.js');
      const file = flags.html ?? (flags.open ? await temporaryPage() : undefined);
      await using page = file === undefined ? undefined : await openHtmlFile(file, io);
      const labelFile = flags.out === undefined ? undefined : resolveOutput(io.cwd, flags.out, 'out');
      await using labels = labelFile === undefined ? undefined : await openOutput(labelFile, 'choose another place with `out`');
      const request = {
        ...promptsOf(run),
        ...scope,
        groups: number(flags.groups, '--groups', 1),
        groupSize: number(flags.groupSize, '--group-size', 1),
        seed: number(flags.seed, '--seed', 0),
        mapped: page ? MOST_MAPPED : 0,
      };
      const found = await discover(run.workspace, request, run.options).finally(() => run.clearBars());
      const odd = { group: null, name: null, probability: null, otherNames: [], images: found.odd };
      const rows = found.odd.length === 0 ? found.groups : [...found.groups, odd];
      await printRows(rows, { io, format }, discoveryRows(rows, { cwd: io.cwd, columns: io.stdout.columns }));
      if (labels) {
        await labels.write(`${JSON.stringify({ source: `labelwise discover: ${found.model}`, labels: found.labels }, null, 2)}\n`);
        await labels.end();
        run.say(`label set: ${flags.out}. Edit the names in "label", then: labelwise tag --labels-file ${flags.out}`);
      }
      if (page) {
        const { writeDiscoverPage } = await import('../../pages/discover/write-discover-page.js');
        const onProgress = (done: number, total: number): void => run.options.onProgress?.({ task: 'pictures', done, total });
        await writeDiscoverPage(page, found, { ...findOptionsOf(run), db: run.config.db, labelFile: flags.out, onProgress });
        run.clearBars();
        run.say(`page: ${page.path}`);
      }
      const { images, groups } = found;
      run.say(`${formatCount(images, 'image')} in ${formatCount(groups.length, 'group')}; ${found.odd.length} fit none`);
      if (flags.open && page && !(await openPage(resolve(io.cwd, page.path), io.env.BROWSER)))
        run.warn('No browser could be started: open the page yourself.');
    });
}

const EXAMPLES = `
No image is read, and nothing is stored: groups come from the index. The names are everyday words; rename what you know better.

Examples:
  labelwise discover --open
  labelwise discover --groups 40 --out groups.json --html groups.html
  labelwise tag --labels-file groups.json --dry-run
  labelwise discover --in holiday --after 2024-06 --csv`;
