import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import { formatCount } from '../../core/format-count.js';
import { parseSearch } from '../../core/parse-search.js';
import { parseWeight } from '../../core/search-query.js';
import { resolvePlace } from '../../files/object-address.js';
import { namedImage } from '../../ingest/find-images.js';
import type { CliIo } from '../../local/io.js';
import { describeSearch, NOTHING_RELEVANT, type SearchWords } from '../../pages/describe-search.js';
import { openHtmlFile } from '../../pages/html-file.js';
import { searchRows } from '../../rows/search-rows.js';
import type { WeightedImage } from '../../tasks/search/encode-query.js';
import type { SearchRequest } from '../../tasks/search/search-images.js';
import { promptsOf, type Run, startRun } from '../context.js';
import { findOptionsOf } from '../find-options.js';
import { addFormats, collect, modelCommand, templateOption, templateSetOption } from '../options.js';
import { readNumber } from '../read-number.js';
import { showsPictures, styleOf } from '../render/paint.js';
import { formatOf, printPaths, printRows } from '../render/rows.js';

/** `labelwise search`: images of the index by words, by example, by tags and by facts. */
export function searchCommand(io: CliIo) {
  return addFormats(modelCommand('search'))
    .description('find indexed images by words, example images and tags')
    .argument('[query...]', 'words, tags and keywords: "on the beach tag:dog -tag:cat keyword:holiday"')
    .option('--image <file>', 'similar to this image; repeatable, each with a weight: cat.jpg^0.5', collect)
    .option('--text <words>', 'more words, added to the query; repeatable, with a weight: "at sunset^0.5"', collect)
    .option('--without <words>', 'words to move away from; repeatable (default weight: 0.5)', collect)
    .option('--like <id>', 'similar to an indexed image, by path or by the start of its content hash', collect)
    .option('--plain', 'encode words without a template')
    .addOption(templateOption())
    .addOption(templateSetOption())
    .option('-k, --top-k <n>', 'number of images to show (default: 10)')
    .option('--offset <n>', 'skip the first n images', '0')
    .option('--relevant', 'show only images that stand out from the collection')
    .option('--min-similarity <x>', 'show only images with at least this cosine')
    .option('--where <sql>', 'SQL filter over the columns of the index: "taken_at > \'2024-06-01\' AND width > 1000"')
    .option('--in <folder>', 'only images in this folder')
    .option('--after <date>', 'only images taken on or after this date')
    .option('--before <date>', 'only images taken before this date')
    .option('--camera <name>', 'only images from cameras whose name contains this')
    .option('--format <format>', 'only images in this format: jpeg, png, heic, jxl, dng ...')
    .option('--min-rating <n>', 'only images rated at least 1 to 5, in their sidecar or XMP')
    .option('--title <words>', 'only images whose title contains this')
    .option('--caption <words>', 'only images whose caption contains this')
    .option('--near <place>', 'only images taken near degrees north and east: 48.1,11.6')
    .option('--within <distance>', 'how near, such as 500m (default: 10km)')
    .addOption(new Option('--sort <order>', 'by similarity, or the newest first').choices(['similarity', 'date'] as const))
    .option('--min-width <n>', 'only images at least this wide, in pixels')
    .option('--min-height <n>', 'only images at least this high, in pixels')
    .option('--next', 'search the table that "index migrate --prepare" filled')
    .option('--exact', 'compare with every image, even if there is a vector index')
    .option('--paths', 'print paths alone, one on each line')
    .option('-0, --null', 'the same with a NUL after each, for xargs -0')
    .option('--html <file>', 'write a page with the pictures that were found')
    .option('--open', 'show that page in the browser')
    .option('--no-thumbnails', 'do not show pictures in the terminal')
    .addHelpText('after', EXAMPLES)
    .action(async (words, flags) => {
      const query = words.join(' ');
      await using run = startRun(flags, io, () => ({ readsNext: flags.next === true }));
      const format = formatOf(flags);
      const { openPage, temporaryPage } = await import('../../pages/open-page.js');
      const file = flags.html ?? (flags.open ? await temporaryPage() : undefined);
      await using page = file === undefined ? undefined : await openHtmlFile(file, io);
      const { searchImages } = await import('../../tasks/search/search-images.js');
      const { countGone } = await import('../../ingest/find-present.js');
      const { images, isNothingRelevant } = await searchImages(run.workspace, await toRequest(run, query, flags), run.options);
      run.clearBars();
      if (images.length === 0)
        run.say(isNothingRelevant ? `${NOTHING_RELEVANT} Leave out --relevant to see the nearest images.` : 'Nothing was found.');
      const hasPictures = format === 'human' && flags.thumbnails && !run.isQuiet && showsPictures(io);
      const gone = await countGone(images);
      if (gone > 0)
        run.warn(
          `${gone} of ${formatCount(images.length, 'image')} ${gone === 1 ? 'is' : 'are'} no longer there, or on a missing volume. "labelwise index" brings the index up to date.`,
        );
      if (flags.paths || flags.null) await printPaths(images, { io, format, end: flags.null ? '\0' : '\n' });
      else
        await printRows(
          images,
          { io, format },
          searchRows({ ...styleOf(io), cwd: io.cwd, pictures: hasPictures ? findOptionsOf(run) : undefined }),
        );
      if (!page) return;
      const { writeSearchPage } = await import('../../pages/search-page.js');
      const title = describeSearch(query, flags, { found: images.length, isNothingRelevant });
      await writeSearchPage(page, images, { ...findOptionsOf(run), title, db: run.config.db });
      run.say(`page: ${page.path}`);
      if (flags.open && !(await openPage(resolve(io.cwd, page.path), io.env.BROWSER)))
        run.warn('No browser could be started: open the page yourself.');
    });
}

const pick = <T, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> =>
  Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;

interface SearchFlags extends Omit<SearchWords, 'minWidth' | 'minHeight' | 'minRating' | 'minSimilarity'> {
  readonly template?: readonly string[] | undefined;
  readonly templateSet?: string | undefined;
  readonly plain?: true | undefined;
  readonly exact?: true | undefined;
  readonly offset: string;
  readonly minWidth?: string | undefined;
  readonly minHeight?: string | undefined;
  readonly minRating?: string | undefined;
  readonly minSimilarity?: string | undefined;
}

/** Templates of the settings are for words that are not plain. Those of a flag always count, so that a search that would not read them says so. */
const readsPrompts = (query: string, { template, templateSet, plain, text = [], without = [] }: SearchFlags): boolean =>
  (template ?? templateSet) !== undefined || (!plain && (parseSearch(query).text !== '' || text.length + without.length > 0));

async function toRequest(run: Run, query: string, flags: SearchFlags): Promise<SearchRequest> {
  const { config, io } = run;
  const images: WeightedImage[] = [];
  for (const image of flags.image ?? []) {
    const { value, weight } = existsSync(resolve(io.cwd, image)) ? { value: image, weight: 1 } : parseWeight(image);
    images.push({ image: await namedImage(value, findOptionsOf(run)), weight });
  }
  return {
    ...(readsPrompts(query, flags) ? promptsOf(run) : {}),
    query,
    images,
    texts: flags.text,
    ...pick(flags, ['without', 'like', 'plain', 'relevant', 'exact', 'where', 'after', 'before', 'camera', 'format']),
    ...pick(flags, ['title', 'caption', 'near', 'within', 'sort']),
    topK: config.isTopKNamed ? config.topK : undefined,
    offset: readNumber(flags.offset, { flag: '--offset', min: 0, max: 1e6 }),
    minSimilarity: readNumber(flags.minSimilarity, { flag: '--min-similarity', min: -1, max: 1 }),
    in: flags.in === undefined ? undefined : resolvePlace(io.cwd, flags.in),
    minWidth: readNumber(flags.minWidth, { flag: '--min-width', min: 0, max: 1e9 }),
    minHeight: readNumber(flags.minHeight, { flag: '--min-height', min: 0, max: 1e9 }),
    minRating: readNumber(flags.minRating, { flag: '--min-rating', min: 1, max: 5 }),
  };
}

const EXAMPLES = `
Examples:
  labelwise search "a dog on the beach" --top-k 20 --where "taken_at > '2024-06-01' AND width > 1000"
  labelwise search --image beach.jpg --text "at sunset" --without people
  labelwise search "tag:dog" --after 2024-06-01 --near 48.1,11.6 --within 20km --sort date
  labelwise search receipt --relevant --open
  labelwise search "tag:dog" -0 | xargs -0 cp -t dogs/`;
