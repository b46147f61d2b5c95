import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelPaths } from '../../checkpoints/model-files.js';
import { openManifest } from '../../checkpoints/open-manifest.js';
import { dotProduct, type Embedding } from '../../core/embedding.js';
import type { ImageSource } from '../../core/ports.js';
import { LabelwiseError } from '../../errors.js';
import { inOutputWords } from '../../files/output-fault.js';
import { replaceFolder } from '../../graphs/kept-folder.js';
import { type Int8Report, int8FolderOf } from '../../graphs/quantize/int8-copy.js';
import { writeInt8Copy } from '../../graphs/quantize/write-int8-copy.js';
import { ANOTHER_HOME } from '../../home/labelwise-home.js';
import type { Surroundings } from '../../hub/surroundings.js';
import { type Encoder, type LoadEncoderOptions, loadEncoder } from '../load-encoder.js';

/** What the copy has to reach before it is kept. */
const LEAST_COSINE = 0.999;
const LEAST_AGREEMENT = 0.95;

export interface QuantizeOptions extends LoadEncoderOptions, Surroundings {
  /** Real photos and prompts to hold the copy against the original on. */
  readonly photos: readonly ImageSource[];
  readonly prompts: readonly string[];
  /** Keep the copy whatever the check says. */
  readonly force?: boolean | undefined;
  readonly onProgress?: ((task: 'writing' | 'checking', done: number, total: number) => void) | undefined;
}

/**
 * Makes the int8 copy of a checkpoint's weights, holds it against the original on photos and prompts, and keeps it where
 * `dtype: 'int8'` finds it. Nothing is kept that fails the check.
 *
 * @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` for a checkpoint that is run from ONNX files, `QUANTIZATION_REJECTED`, `OUTPUT_UNWRITABLE`, `DISK_FULL`
 */
export async function quantizeCheckpoint(options: QuantizeOptions): Promise<Int8Report & { readonly folder: string }> {
  const { home } = options;
  const exact = await openManifest({ ...options, dtype: undefined });
  if (exact.model.kind !== 'safetensors') {
    throw new LabelwiseError('CHECKPOINT_UNSUPPORTED', `${exact.name} is run from ONNX files, which are not quantised here.`, {
      hint: 'Name a checkpoint with model.safetensors.',
    });
  }
  const manifest = await openManifest({ ...options, dtype: 'int8' });
  const unfinished = join(home, `int8-unfinished-${process.pid}`);
  const folder = int8FolderOf(manifest, unfinished);
  const inWords = <T>(work: () => Promise<T>): Promise<T> => inOutputWords(home, ANOTHER_HOME, work);
  try {
    const bytes = await inWords(() =>
      writeInt8Copy(manifest, folder, {
        signal: options.signal,
        onProgress: (done, total) => options.onProgress?.('writing', done, total),
      }),
    );
    const sizes = await Promise.all(modelPaths(manifest.model).map(async (path) => (await stat(join(manifest.folder, path))).size));
    const checked = await compare(options, unfinished);
    const report: Int8Report = { ...checked, bytes, sourceBytes: sizes.reduce((sum, size) => sum + size, 0) };
    if (!options.force) refuseIfWorse(manifest.name, report);
    const kept = int8FolderOf(manifest, home);
    await inWords(async () => {
      await writeFile(join(folder, 'report.json'), JSON.stringify(report, null, 2));
      await replaceFolder(folder, kept);
    });
    return { ...report, folder: kept };
  } finally {
    await rm(unfinished, { recursive: true, force: true }).catch(() => {}); // what is thrown says more
  }
}

async function compare(options: QuantizeOptions, int8Home: string): Promise<Omit<Int8Report, 'bytes' | 'sourceBytes'>> {
  const total = 2 * (options.photos.length + options.prompts.length);
  let done = 0;
  const embed = async (load: LoadEncoderOptions & Surroundings): Promise<{ texts: Embedding[]; images: Embedding[] }> => {
    const encoder: Encoder = await loadEncoder({ ...load, openImageCache: undefined }); // it may hold the embeddings of an earlier copy
    try {
      const texts = await encoder.encodeTexts(options.prompts);
      done += options.prompts.length;
      const images: Embedding[] = [];
      for await (const outcome of encoder.encodeImages(options.photos, { signal: options.signal })) {
        if ('error' in outcome) throw outcome.error;
        images.push(outcome.embedding);
        options.onProgress?.('checking', ++done, total);
      }
      return { texts, images };
    } finally {
      await encoder.close();
    }
  };
  const exact = await embed({ ...options, dtype: 'fp32' });
  const rough = await embed({ ...options, dtype: 'int8', home: int8Home });
  const best = (image: Embedding, texts: readonly Embedding[]): number => {
    const scores = texts.map((text) => dotProduct(image, text));
    return scores.indexOf(Math.max(...scores));
  };
  const agreed = exact.images.filter((image, i) => best(image, exact.texts) === best(rough.images[i] as Embedding, rough.texts)).length;
  return {
    photos: exact.images.length,
    prompts: exact.texts.length,
    imageCosine: summarize(exact.images, rough.images),
    textCosine: summarize(exact.texts, rough.texts),
    top1Agreement: agreed / exact.images.length,
  };
}

function summarize(exact: readonly Embedding[], rough: readonly Embedding[]): { lowest: number; mean: number } {
  const cosines = exact.map((embedding, i) => dotProduct(embedding, rough[i] as Embedding));
  return { lowest: Math.min(...cosines), mean: cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length };
}

function refuseIfWorse(name: string, report: Int8Report): void {
  const { imageCosine, textCosine, top1Agreement } = report;
  if (imageCosine.mean >= LEAST_COSINE && textCosine.mean >= LEAST_COSINE && top1Agreement >= LEAST_AGREEMENT) return;
  throw new LabelwiseError(
    'QUANTIZATION_REJECTED',
    `The int8 copy of ${name} is too far from its weights, and was not kept: cosine ${imageCosine.mean.toFixed(4)} on ${report.photos} photos and ${textCosine.mean.toFixed(4)} on ${report.prompts} prompts (expected ${LEAST_COSINE}), the same first label on ${(100 * top1Agreement).toFixed(1)} % of the photos (expected ${100 * LEAST_AGREEMENT} %).`,
    { hint: 'Name a folder with more of your own `photos` for a finer figure, or use `force` to keep the copy anyway.' },
  );
}
