import { assertWithin } from '../../core/assert-option.js';
import { LabelwiseError } from '../../errors.js';
import { isWithin } from '../../files/byte-path.js';
import { createLineWriter } from '../../files/line-writer.js';
import { isObjectAddress } from '../../files/object-address.js';
import { openOutput } from '../../files/open-output.js';
import { openCollection, readIndexFacts } from '../open-index.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { readTags, type TagChoice } from './choose-tags.js';
import { ELSEWHERE, EXPORT_RENDERERS, type ExportSink } from './export-rows.js';
import type { SidecarChoice } from './sidecar-sink.js';

export const EXPORT_FORMATS = ['csv', 'json', 'ndjson', 'parquet', 'xmp', 'iptc'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportRequest extends SidecarChoice, TagChoice {
  readonly formats: readonly ExportFormat[];
  /** With `iptc` alone: arguments that take the keywords out. With `xmp` alone: take back what earlier exports wrote into sidecars, and delete those that labelwise made and that hold nothing else. */
  readonly remove?: boolean | undefined;
  /** An absolute file name; with several formats, each adds its extension. Required unless `print` receives a single text format. */
  readonly out?: string | undefined;
  /** Receives the lines of a single text format if there is no `out`. */
  readonly print?: ((line: string) => Promise<void>) | undefined;
}

/**
 * Writes indexed images with their tags in each of the formats, in one pass.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`, `INDEX_NOT_FOUND`, `OUTPUT_UNWRITABLE`, `DISK_FULL`, `BATCH_INCOMPLETE` for sidecars that could not be written
 */
export async function exportImages(workspace: Workspace, request: ExportRequest, options: TaskOptions = {}): Promise<void> {
  refuseBadChoice(request);
  if (request.formats.includes('xmp')) await refuseBuckets(workspace, request);
  if (request.remove && request.formats.includes('xmp')) {
    const { removeKeywords } = await import('./remove-keywords.js');
    await removeKeywords(workspace, request, options);
    return;
  }
  const { openTagDatabase } = await import('../../store/tag-database.js');
  const collection = await openCollection(workspace, options);
  const sinks: ExportSink[] = [];
  try {
    const tagsOf = await readTags(await openTagDatabase(await workspace.database()), request);
    for (const format of request.formats) sinks.push(await openSink(format, request, { onWarning: workspace.warn, ...options }));
    const total = await collection.count();
    let [done, chosen] = [0, 0];
    for await (const images of collection.images({ signal: options.signal })) {
      for (const image of images) {
        if (request.in !== undefined && !isWithin(image.path, request.in)) continue;
        chosen++;
        const row = { ...image, tags: tagsOf(image.contentHash) };
        for (const sink of sinks) await sink.write(row);
      }
      done += images.length;
      options.onProgress?.({ task: 'images', done, total });
    }
    for (const sink of sinks) await sink.end();
    if (chosen === 0 && request.in !== undefined) options.onNote?.(`There are no images in ${request.in} in the index.`);
  } finally {
    for (const sink of sinks) await sink[Symbol.asyncDispose]();
    collection.close();
  }
}

/** Sidecars in buckets are read, and not written: the programs that would show their keywords work on files. @throws LabelwiseError `INVALID_ARGUMENT` */
async function refuseBuckets(workspace: Workspace, { in: folder }: ExportRequest): Promise<void> {
  const places = folder === undefined ? (await readIndexFacts(workspace)).roots : [folder];
  const bucket = places.find(isObjectAddress);
  if (bucket === undefined) return;
  throw new LabelwiseError('INVALID_ARGUMENT', `Sidecars are written beside files, and ${bucket} is in a bucket.`, {
    hint: 'Export to a file instead (labelwise export --csv --out FILE), or choose a folder with `in`.',
  });
}

/** @throws LabelwiseError `INVALID_ARGUMENT` */
function refuseBadChoice({ formats, out, print, dryRun, hierarchical, sidecars, remove, tags, minProbability }: ExportRequest): void {
  const named = formats.map((format) => `\`${format}\``).join(' and ');
  const files = formats.filter((format) => format !== 'xmp');
  const refuse = (message: string, hint?: string): never => {
    throw new LabelwiseError('INVALID_ARGUMENT', message, hint === undefined ? {} : { hint });
  };
  if (formats.length === 0) refuse('Expected at least one of `csv`, `json`, `ndjson`, `parquet`, `xmp` and `iptc`, got none.');
  if (dryRun && formats.join() !== 'xmp') refuse(`Expected \`dryRun\` with \`xmp\` alone, got ${named}.`);
  if (remove && !['xmp', 'iptc'].includes(formats.join())) refuse(`Expected \`remove\` with \`xmp\` or \`iptc\` alone, got ${named}.`);
  if (remove && formats.includes('xmp') && (tags !== undefined || minProbability !== undefined || hierarchical))
    refuse(
      'Expected `remove` without `tags`, `minProbability` and `hierarchical`: it takes back all that labelwise wrote.',
      'To keep some keywords, export those alone: the others are taken back.',
    );
  assertWithin('minProbability', minProbability, { min: 0, max: 1 });
  for (const [option, value] of Object.entries({ hierarchical, sidecars }))
    if (value && !formats.includes('xmp')) refuse(`Expected \`${option}\` with \`xmp\`.`);
  if (out !== undefined || files.length === 0) return;
  if (files.includes('parquet'))
    refuse('Expected `out` with `parquet`: Parquet is not text.', 'For example: labelwise export --parquet --out tags.parquet');
  if (files.length > 1 || !print)
    refuse(
      `Expected \`out\` with ${named}: stdout takes one format.`,
      'If `out` is photos, they become photos.csv, photos.json and so on.',
    );
}

async function openSink(format: ExportFormat, request: ExportRequest, options: TaskOptions): Promise<ExportSink> {
  const { formats, out, print } = request;
  if (format === 'xmp') return (await import('./sidecar-sink.js')).sidecarSink(request, options);
  const isAlone = formats.filter((other) => other !== 'xmp').length === 1;
  const path = out === undefined || isAlone ? out : `${out}.${format}`;
  if (format === 'parquet') return (await import('./parquet-sink.js')).parquetSink(path as string, options);
  if (format === 'iptc') return (await import('./iptc-sink.js')).iptcSink({ ...request, out: path }, options);
  if (path !== undefined) return fileSink(format, path, options);
  return { ...createLineWriter(print as NonNullable<typeof print>, format, EXPORT_RENDERERS), async [Symbol.asyncDispose]() {} };
}

async function fileSink(format: 'csv' | 'json' | 'ndjson', path: string, { onNote }: TaskOptions): Promise<ExportSink> {
  const file = await openOutput(path, ELSEWHERE);
  const writer = createLineWriter((line) => file.write(`${line}\n`), format, EXPORT_RENDERERS);
  return {
    write: writer.write,
    async end() {
      await writer.end();
      await file.end();
      onNote?.(`exported: ${path}`);
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
