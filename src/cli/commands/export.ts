import { Option } from '@commander-js/extra-typings';
import { LabelwiseError } from '../../errors.js';
import { SIDECAR_NAMES } from '../../xmp/find-sidecars.js';
import { startRun } from '../context.js';
import type { ExportFormat } from '../export-images.js';
import type { CliIo } from '../io.js';
import { baseCommand } from '../options.js';

/** `labelwise export`: what is known of the images, with their tags, for other programs. */
export function exportCommand(io: CliIo) {
  return baseCommand('export')
    .description('write the indexed images and their tags for other programs')
    .option('--db <folder>', 'LanceDB folder of the index and its tags')
    .option('--csv', 'CSV: a line a tag')
    .option('--json', 'JSON: an object an image')
    .option('--ndjson', 'the same, an object a line')
    .option('--parquet', 'Parquet: a row a tag; needs --out')
    .option('--xmp', 'XMP sidecars beside the images; what other programs wrote into one is kept')
    .option('--out <path>', 'a file in place of stdout; for several formats, a name that gets their endings')
    .addOption(
      new Option('--sidecars <name>', 'how new sidecars are named; one that exists is used under either name')
        .choices(SIDECAR_NAMES)
        .default('photo.jpg.xmp' as const),
    )
    .option('--hierarchical', 'with --xmp: create digiKam:TagsList and lr:hierarchicalSubject, which digiKam, Lightroom and Immich prefer')
    .option('--dry-run', 'with --xmp alone: print the sidecars that would be written, and write none')
    .addHelpText('after', EXAMPLES)
    .action(async (flags) => {
      const run = startRun(flags, io);
      const formats = (['csv', 'json', 'ndjson', 'parquet', 'xmp'] as const).filter((format) => flags[format]);
      refuseBadChoice(formats, flags.out);
      if (flags.dryRun && formats.join() !== 'xmp')
        throw new LabelwiseError(
          'INVALID_ARGUMENT',
          `Expected --dry-run with --xmp alone, got ${formats.map((format) => `--${format}`).join(' and ')}.`,
        );
      if (flags.hierarchical && !flags.xmp) throw new LabelwiseError('INVALID_ARGUMENT', 'Expected --hierarchical with --xmp.');
      const { exportImages } = await import('../export-images.js');
      const { out, sidecars, hierarchical: isHierarchical = false, dryRun: isDryRun = false } = flags;
      await exportImages(run, { formats, out, sidecars, isHierarchical, isDryRun });
    });
}

function refuseBadChoice(formats: readonly ExportFormat[], out: string | undefined): void {
  if (formats.length === 0)
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected at least one of --csv, --json, --ndjson, --parquet and --xmp, got none.');
  const files = formats.filter((format) => format !== 'xmp');
  if (out === undefined && files.includes('parquet')) {
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected --out with --parquet: it is no text for a terminal.', {
      hint: 'For example: labelwise export --parquet --out tags.parquet',
    });
  }
  if (out === undefined && files.length > 1) {
    throw new LabelwiseError(
      'INVALID_ARGUMENT',
      `Expected --out with ${files.map((format) => `--${format}`).join(' and ')}: stdout takes one format.`,
      {
        hint: 'With --out photos they become photos.csv, photos.json and so on.',
      },
    );
  }
}

const EXAMPLES = `
Examples:
  labelwise export --csv > tags.csv
  labelwise export --csv --parquet --out tags
  labelwise export --xmp`;
