import { stat } from 'node:fs/promises';
import { parseSearch } from '../../core/parse-search.js';
import { LabelwiseError } from '../../errors.js';
import { toPathBytes } from '../../files/byte-path.js';
import { openHtmlFile } from '../../pages/html-file.js';
import { type Run, startRun } from '../context.js';
import { encodeQuery } from '../encode-query.js';
import { explainNothing } from '../explain-nothing.js';
import { findTagged } from '../find-tagged.js';
import type { CliIo } from '../io.js';
import { addFormats, modelCommand, templateOption, templateSetOption } from '../options.js';
import { readNumber } from '../read-number.js';
import { describeSearch, NOTHING_RELEVANT, type SearchFlags } from '../render/describe-search.js';
import { createRowWriter, formatOf } from '../render/rows.js';
import { type SearchRow, searchRenderers, toSearchRow, writeSearchPage } from '../render/search-results.js';
import { toFilters, toWhere } from '../search-filter.js';

/** A page of pictures holds more than a list of labels. */
const DEFAULT_TOP_K = 10;

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** `labelwise search`: images of the index by words, by example, by tags and by facts. */
export function searchCommand(io: CliIo) {
  return addFormats(modelCommand('search'))
    .description('find indexed images by words, by an example image, by tags, or by all of them')
    .argument('[query...]', 'words, and tags: "on the beach tag:dog -tag:cat"')
    .option('--image <file>', 'like this image; may be repeated, each with a weight: cat.jpg^0.5', collect)
    .option('--text <words>', 'and like these words; may be repeated, "at sunset^0.5"', collect)
    .option('--without <words>', 'and unlike these words; may be repeated (default weight: 0.5)', collect)
    .option('--like <id>', 'like an indexed image: its path, or the beginning of its content hash', collect)
    .option('--plain', 'encode words as they are, in no template')
    .addOption(templateOption())
    .addOption(templateSetOption())
    .option('-k, --top-k <n>', 'how many images to show (default: 10)')
    .option('--offset <n>', 'leave out the first n images', '0')
    .option('--relevant', 'show only what stands out from the collection, and say when nothing does')
    .option('--min-similarity <x>', 'show only images of this cosine and more')
    .option('--where <sql>', 'SQL over the columns of the index: "taken_at > \'2024-06-01\' AND width > 1000"')
    .option('--in <folder>', 'only images in this folder')
    .option('--after <date>', 'only images taken on or after this date')
    .option('--before <date>', 'only images taken before this date')
    .option('--camera <name>', 'only images of cameras whose name has this in it')
    .option('--format <format>', 'only images of this format: jpeg, png, webp, gif, tiff, avif')
    .option('--min-width <n>', 'only images at least so wide')
    .option('--min-height <n>', 'only images at least so high')
    .option('--exact', 'compare with every image, though there is a vector index')
    .option('--html <file>', 'write a page with the pictures that were found')
    .option('--no-thumbnails', 'show no pictures in the terminal')
    .addHelpText('after', EXAMPLES)
    .action(async (words, flags) => {
      const query = words.join(' ');
      const run = startRun(flags, io);
      const format = formatOf(flags);
      await using page = flags.html === undefined ? undefined : await openHtmlFile(flags.html, io);
      const { rows, isNothingRelevant } = await search(run, query, flags);
      if (rows.length === 0)
        run.say(isNothingRelevant ? `${NOTHING_RELEVANT} Without --relevant the nearest are shown.` : 'Nothing was found.');
      const writer = createRowWriter<SearchRow>(io, format, searchRenderers(run, format === 'human' && flags.thumbnails && !run.isQuiet));
      for (const row of rows) await writer.write(row);
      await writer.end();
      if (!page) return;
      const text = describeSearch(query, flags, { found: rows.length, isNothingRelevant });
      await writeSearchPage(page, { text, rows, run });
    });
}

async function search(run: Run, typed: string, flags: SearchFlags): Promise<{ rows: SearchRow[]; isNothingRelevant: boolean }> {
  const limit = run.config.isTopKNamed ? run.config.topK : DEFAULT_TOP_K;
  const offset = readOffset(flags.offset);
  const floor =
    flags.minSimilarity === undefined ? undefined : readNumber(flags.minSimilarity, { flag: '--min-similarity', min: -1, max: 1 });
  const terms = parseSearch(typed);
  const filters = toFilters(flags, run.io.cwd);
  const where = toWhere(filters);
  const tagged = await findTagged(terms, run);
  const { openImageSearcher } = await import('../../store/search-images.js');
  const searcher = await openImageSearcher(run.config.db, { onWarning: run.warn });
  try {
    const encoded = await encodeQuery(run, { ...flags, words: terms.text, searcher, isRelevant: flags.relevant === true });
    if (encoded === undefined && where === undefined && tagged === undefined) throw nothingAsked();
    if (encoded?.cut?.hasRelevant === false) return { rows: [], isNothingRelevant: true };
    const found = await searcher.search({
      query: encoded?.query,
      where,
      contentHashes: tagged?.imageIds,
      isWanted: tagged && ((hash) => tagged.has(hash)),
      rankOf: tagged && ((hash) => tagged.probabilityOf(hash) ?? 2), // by hand comes first, as in exports
      minSimilarity: Math.max(floor ?? -1.01, encoded?.cut?.minSimilarity ?? -1.01),
      limit,
      offset,
      isExact: flags.exact === true,
    });
    if (found.length === 0) for (const reason of await explainNothing(filters, searcher, run)) run.say(reason);
    const shown = await Promise.all(found.map(namePresent));
    return {
      rows: shown.map((row, i) => toSearchRow(row, offset + i + 1, tagged?.probabilityOf(row.content_hash))),
      isNothingRelevant: false,
    };
  } finally {
    searcher.close();
  }
}

/** Names an image by a path that exists: of a renamed folder, the old path may still be in the index. */
async function namePresent<T extends { readonly path: string; readonly paths: readonly string[] }>(image: T): Promise<T> {
  if (image.paths.length === 1) return image;
  const exists = (path: string): Promise<boolean> =>
    stat(toPathBytes(path)).then(
      (stats) => stats.isFile(),
      () => false,
    );
  const present = (await Promise.all(image.paths.map(async (path) => ((await exists(path)) ? [path] : [])))).flat();
  return present[0] === undefined ? image : { ...image, path: present[0], paths: present };
}

function readOffset(text: string): number {
  const value = readNumber(text, { flag: '--offset', min: 0, max: 1e6 });
  if (Number.isInteger(value)) return value;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected --offset to be a whole number, got "${text}".`);
}

const nothingAsked = (): LabelwiseError =>
  new LabelwiseError('INVALID_ARGUMENT', 'Expected words, --image, --like, a tag or a filter, got nothing to search for.', {
    hint: 'For example: labelwise search "a dog on the beach". A query that begins with "-" goes last, after "--": labelwise search -- "-tag:dog"',
  });

const EXAMPLES = `
Examples:
  labelwise search "a dog on the beach" --top-k 20 --where "taken_at > '2024-06-01' AND width > 1000"
  labelwise search --image beach.jpg --text "at sunset" --without people
  labelwise search "tag:dog" --after 2024-06-01
  labelwise search receipt --relevant --html receipts.html`;
