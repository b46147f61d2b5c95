import { resolve } from 'node:path';
import { effectiveTags, type ImageTag } from '../core/image-tags.js';
import { LabelwiseError, throwIfAborted } from '../errors.js';
import { openOutput } from '../files/open-output.js';
import { openTagDatabase, type TagDatabase } from '../store/tag-database.js';
import { createSidecarFinder, type SidecarName } from '../xmp/find-sidecars.js';
import { writeSidecar } from '../xmp/write-sidecar.js';
import type { Run } from './context.js';
import { writeLine } from './io.js';
import { openCollection } from './open-collection.js';
import { ELSEWHERE, EXPORT_RENDERERS, type ExportRow, type ExportSink } from './render/export-rows.js';
import { createLineWriter, createRowWriter } from './render/rows.js';
import { showPath } from './render/show-path.js';

export type ExportFormat = 'csv' | 'json' | 'ndjson' | 'parquet' | 'xmp';

export interface ExportChoice {
  readonly formats: readonly ExportFormat[];
  readonly out: string | undefined;
  readonly sidecars: SidecarName;
  /** Create lists of hierarchical keywords in sidecars that have none. */
  readonly isHierarchical: boolean;
  /** Say which sidecars would be written, and write none. */
  readonly isDryRun: boolean;
}

/** Writes all indexed images with their tags in each of the formats, in one pass. */
export async function exportImages(run: Run, choice: ExportChoice): Promise<void> {
  const collection = await openCollection(run);
  const store = await openTagDatabase(run.config.db);
  const progress = run.progress('images');
  const sinks: ExportSink[] = [];
  try {
    for (const format of choice.formats) sinks.push(await openSink(format, choice, run));
    const total = await collection.count();
    const tagsOf = await readTags(store);
    let done = 0;
    for await (const images of collection.images({ signal: run.io.signal })) {
      for (const image of images) {
        const row = { ...image, tags: tagsOf(image.imageId) };
        for (const sink of sinks) await sink.write(row);
      }
      done += images.length;
      progress.update(done, total);
    }
    progress.clear();
    for (const sink of sinks) await sink.end();
  } finally {
    progress.clear();
    for (const sink of sinks) await sink[Symbol.asyncDispose]();
    store.close();
    collection.close();
  }
}

/** The tags of each image, those by hand included. */
async function readTags(store: TagDatabase): Promise<(imageId: string) => ImageTag[]> {
  const [tags, corrections] = [await store.tags(), await store.corrections()];
  return (imageId) => effectiveTags(tags.get(imageId) ?? [], corrections.get(imageId) ?? []);
}

async function openSink(format: ExportFormat, choice: ExportChoice, run: Run): Promise<ExportSink> {
  const { formats, out } = choice;
  if (format === 'xmp') return sidecarSink(choice, run);
  const isAlone = formats.filter((other) => other !== 'xmp').length === 1;
  const path = out === undefined ? undefined : resolve(run.io.cwd, isAlone ? out : `${out}.${format}`);
  if (format === 'parquet') return (await import('./render/export-parquet.js')).parquetSink(path as string, run);
  return textSink(format, path, run);
}

async function textSink(format: 'csv' | 'json' | 'ndjson', path: string | undefined, run: Run): Promise<ExportSink> {
  if (path === undefined) return { ...createRowWriter(run.io, format, EXPORT_RENDERERS), async [Symbol.asyncDispose]() {} };
  const file = await openOutput(path, ELSEWHERE);
  const writer = createLineWriter((line) => file.write(`${line}\n`), format, EXPORT_RENDERERS);
  return {
    write: writer.write,
    async end() {
      await writer.end();
      await file.end();
      run.say(`exported: ${path}`);
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

/** Sidecars beside the images. One that cannot be written is reported and counted, and the rest goes on. */
function sidecarSink({ sidecars, isHierarchical, isDryRun }: ExportChoice, run: Run): ExportSink {
  const find = createSidecarFinder(sidecars, { isDryRun });
  const counts = { written: 0, unchanged: 0, failed: 0, otherName: 0 };
  const put = async (path: string, images: readonly ExportRow[]): Promise<void> => {
    const inOrder = [...images].sort((a, b) => (a.path < b.path ? -1 : 1)); // else a rerun would say the same in another order
    try {
      const keywords = [...new Set(inOrder.flatMap(({ tags }) => tags.map(({ label }) => label)))];
      const outcome = await writeSidecar(path, keywords, { isHierarchical, isDryRun });
      counts[outcome]++;
      if (isDryRun && outcome === 'written')
        await writeLine(run.io.stdout, `${showPath(path)}: ${keywords.join(', ') || 'no keywords of ours'}`);
    } catch (error) {
      if (!(error instanceof LabelwiseError) || error.code === 'DISK_FULL') throw error;
      counts.failed++;
      run.warn(error.message);
    }
  };
  const sharing = new Map<string, ExportRow[]>();
  return {
    async write(row) {
      const { path, name, exists } = await find(row.path);
      if (exists && name !== sidecars) counts.otherName++;
      if (name === 'photo.jpg.xmp') return put(path, [row]);
      const images = sharing.get(path); // photo.jpg and photo.cr2 have one sidecar, which gets the keywords of both
      if (images) images.push(row);
      else sharing.set(path, [row]);
    },
    async end() {
      for (const [path, images] of sharing) {
        throwIfAborted(run.io.signal);
        await put(path, images);
      }
      run.say(`sidecars: ${counts.written} ${isDryRun ? 'would be written' : 'written'}, ${counts.unchanged} had nothing to change`);
      if (counts.otherName > 0) run.say(`existing sidecars used that are not named like ${sidecars}: ${counts.otherName}`);
      if (counts.failed > 0)
        throw new LabelwiseError('BATCH_INCOMPLETE', `${counts.failed} sidecars could not be written; the rest was done.`);
    },
    async [Symbol.asyncDispose]() {},
  };
}
