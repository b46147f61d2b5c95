import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { effectiveTags, type ImageTag } from '../core/image-tags.js';
import { LabelwiseError } from '../errors.js';
import { openTagDatabase, type TagDatabase } from '../store/tag-database.js';
import { type SidecarName, sidecarPath } from '../xmp/sidecar-path.js';
import { writeSidecar } from '../xmp/write-sidecar.js';
import type { CliIo } from './io.js';
import { openCollection } from './open-collection.js';
import type { Run } from './open-model.js';
import { EXPORT_RENDERERS, type ExportRow, type ExportSink, unwritable } from './render/export-rows.js';
import { createRowWriter } from './render/rows.js';

export type ExportFormat = 'csv' | 'json' | 'ndjson' | 'parquet' | 'xmp';

export interface ExportChoice {
  readonly formats: readonly ExportFormat[];
  readonly out: string | undefined;
  readonly sidecars: SidecarName;
}

/** Writes all indexed images with their tags in each of the formats, in one pass. */
export async function exportImages(run: Run, choice: ExportChoice): Promise<void> {
  const collection = await openCollection(run);
  const store = await openTagDatabase(run.config.db);
  const progress = run.progress('images');
  try {
    const total = await collection.count();
    const tagsOf = await readTags(store);
    const sinks = await Promise.all(choice.formats.map((format) => openSink(format, choice, run)));
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
    store.close();
    collection.close();
  }
}

/** The tags of each image, those by hand included. */
async function readTags(store: TagDatabase): Promise<(imageId: string) => ImageTag[]> {
  const [tags, corrections] = [await store.tags(), await store.corrections()];
  return (imageId) => effectiveTags(tags.get(imageId) ?? [], corrections.get(imageId) ?? []);
}

async function openSink(format: ExportFormat, { formats, out, sidecars }: ExportChoice, run: Run): Promise<ExportSink> {
  if (format === 'xmp') return sidecarSink(sidecars, run);
  const isAlone = formats.filter((other) => other !== 'xmp').length === 1;
  const path = out === undefined ? undefined : resolve(run.io.cwd, isAlone ? out : `${out}.${format}`);
  if (format === 'parquet') return (await import('./render/export-parquet.js')).parquetSink(path as string, run);
  return textSink(format, path, run);
}

async function textSink(format: 'csv' | 'json' | 'ndjson', path: string | undefined, run: Run): Promise<ExportSink> {
  if (path === undefined) return createRowWriter(run.io, format, EXPORT_RENDERERS);
  const stream = createWriteStream(path);
  await new Promise<void>((done, fail) => {
    stream.once('open', () => done());
    stream.once('error', fail);
  }).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
  const writer = createRowWriter<ExportRow>({ ...run.io, stdout: stream as Writable } as CliIo, format, EXPORT_RENDERERS);
  const failed = new Promise<never>((_, fail) => stream.once('error', (cause) => fail(unwritable(path, cause))));
  failed.catch(() => {}); // thrown by whichever step comes next
  return {
    write: (row) => Promise.race([writer.write(row), failed]),
    async end() {
      await Promise.race([writer.end(), failed]);
      stream.end();
      await Promise.race([finished(stream), failed]);
      run.say(`exported: ${path}`);
    },
  };
}

/** One bad sidecar is said and counted, and the rest goes on. */
function sidecarSink(name: SidecarName, run: Run): ExportSink {
  const counts = { written: 0, unchanged: 0, failed: 0 };
  return {
    async write({ path, tags }) {
      try {
        counts[
          await writeSidecar(
            sidecarPath(path, name),
            tags.map((tag) => tag.label),
          )
        ]++;
      } catch (error) {
        if (!(error instanceof LabelwiseError) || error.code === 'DISK_FULL') throw error;
        counts.failed++;
        run.warn(error.message);
      }
    },
    async end() {
      run.say(`sidecars: ${counts.written} written, ${counts.unchanged} had nothing to change`);
      if (counts.failed > 0)
        throw new LabelwiseError('BATCH_INCOMPLETE', `${counts.failed} sidecars could not be written; the rest was done.`);
    },
  };
}
