import { Option } from '@commander-js/extra-typings';
import { resolvePlace } from '../../files/object-address.js';
import { resolveOutput } from '../../files/resolve-output.js';
import { showPath } from '../../files/show-path.js';
import { type CliIo, writeLine } from '../../local/io.js';
import { SIDECAR_NAMES } from '../../xmp/find-sidecars.js';
import { startRun } from '../context.js';
import { baseCommand, collect } from '../options.js';
import { readNumber } from '../read-number.js';

/** `labelwise export`: the indexed images with their tags, for other programs. */
export function exportCommand(io: CliIo) {
  return baseCommand('export')
    .description('write the indexed images and their tags for other programs')
    .option('--db <folder>', 'folder of the database')
    .option('--csv', 'CSV: one line per tag')
    .option('--json', 'JSON: one object per image')
    .option('--ndjson', 'the same, one object per line')
    .option('--parquet', 'Parquet: one row per tag; requires --out')
    .option('--xmp', 'XMP sidecars beside the images; what other programs wrote is kept')
    .option('--iptc', 'arguments for exiftool, which puts the tags into IPTC:Keywords of the photos')
    .option('--tags <name>', 'only the tags of this tag set, and those by hand; repeatable', collect)
    .option('--min-probability <p>', 'leave out less probable tags')
    .option('--in <folder>', 'only images in this folder')
    .option('--remove', 'with --xmp: take back what labelwise wrote into sidecars, and nothing else; with --iptc: the opposite arguments')
    .option('--out <path>', 'a file instead of stdout; with several formats, a name to which extensions are added')
    .addOption(
      new Option(
        '--sidecars <name>',
        'with --xmp: how to name new sidecars (default: photo.jpg.xmp); existing sidecars keep either name',
      ).choices(SIDECAR_NAMES),
    )
    .option(
      '--hierarchical',
      'with --xmp: also create digiKam:TagsList and lr:hierarchicalSubject, which digiKam, Lightroom and Immich prefer',
    )
    .option('--dry-run', 'with --xmp alone: print the sidecars that would be written, but write nothing')
    .addHelpText('after', EXAMPLES)
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const { EXPORT_FORMATS, exportImages } = await import('../../tasks/export/export-images.js');
      const request = {
        formats: EXPORT_FORMATS.filter((format) => flags[format]),
        out: flags.out === undefined ? undefined : resolveOutput(io.cwd, flags.out, 'out'),
        print: (line: string) => writeLine(io.stdout, line),
        sidecars: flags.sidecars,
        hierarchical: flags.hierarchical,
        dryRun: flags.dryRun,
        remove: flags.remove,
        tags: flags.tags,
        minProbability: readNumber(flags.minProbability, { flag: '--min-probability', min: 0, max: 1 }),
        in: flags.in === undefined ? undefined : resolvePlace(io.cwd, flags.in),
        onSidecar: (path: string, keywords: readonly string[]) =>
          writeLine(io.stdout, `${showPath(path)}: ${keywords.join(', ') || 'no keywords from labelwise'}`),
      };
      await exportImages(run.workspace, request, run.options).finally(() => run.clearBars());
    });
}

const EXAMPLES = `
Examples:
  labelwise export --csv > tags.csv
  labelwise export --csv --parquet --out tags
  labelwise export --xmp --tags places --min-probability 0.9 --dry-run
  labelwise export --xmp --remove`;
