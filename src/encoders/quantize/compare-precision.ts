import { dotProduct, type Embedding } from '../../core/embedding.js';
import type { ImageSource } from '../../core/ports.js';
import { LabelwiseError } from '../../errors.js';
import type { Surroundings } from '../../hub/surroundings.js';
import { type LoadEncoderOptions, loadEncoder } from '../load-encoder.js';
import type { EngineOptions } from '../plan-engine.js';
import type { PrecisionReport } from './precision-report.js';

/** Real photos and prompts to hold a precision against float32 on. */
export interface Probes {
  readonly photos: readonly ImageSource[];
  readonly prompts: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface ProbeEmbeddings {
  readonly texts: readonly Embedding[];
  readonly images: readonly Embedding[];
}

/** Embeds the probes; `onStep` is told of how many more are done. */
export async function embedProbes(
  load: LoadEncoderOptions & Surroundings & EngineOptions,
  { photos, prompts, signal }: Probes,
  onStep: (more: number) => void,
): Promise<ProbeEmbeddings> {
  await using encoder = await loadEncoder({ ...load, openImageCache: undefined }); // it may hold the embeddings of an earlier copy
  const texts = await encoder.encodeTexts(prompts);
  onStep(prompts.length);
  const images: Embedding[] = [];
  for await (const outcome of encoder.encodeImages(photos, { signal })) {
    if ('error' in outcome) throw outcome.error;
    images.push(outcome.embedding);
    onStep(1);
  }
  return { texts, images };
}

export function compareProbes(exact: ProbeEmbeddings, rough: ProbeEmbeddings): PrecisionReport {
  const agreed = exact.images.filter((image, i) => bestOf(image, exact.texts) === bestOf(rough.images[i] as Embedding, rough.texts)).length;
  return {
    photos: exact.images.length,
    prompts: exact.texts.length,
    imageCosine: summarize(exact.images, rough.images),
    textCosine: summarize(exact.texts, rough.texts),
    top1Agreement: agreed / exact.images.length,
  };
}

function bestOf(image: Embedding, texts: readonly Embedding[]): number {
  const scores = texts.map((text) => dotProduct(image, text));
  return scores.indexOf(Math.max(...scores));
}

function summarize(exact: readonly Embedding[], rough: readonly Embedding[]): { lowest: number; mean: number } {
  const cosines = exact.map((embedding, i) => dotProduct(embedding, rough[i] as Embedding));
  return { lowest: Math.min(...cosines), mean: cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length };
}

/** What a precision has to reach before it is kept. */
const LEAST_COSINE = 0.999;
const LEAST_AGREEMENT = 0.95;

/** `what` begins the message: "The int8 copy of NAME". @throws LabelwiseError `QUANTIZATION_REJECTED` */
export function refuseIfWorse(what: string, { photos, prompts, imageCosine, textCosine, top1Agreement }: PrecisionReport): void {
  if (imageCosine.mean >= LEAST_COSINE && textCosine.mean >= LEAST_COSINE && top1Agreement >= LEAST_AGREEMENT) return;
  throw new LabelwiseError(
    'QUANTIZATION_REJECTED',
    `${what} is too far from its weights, and was not kept: cosine ${imageCosine.mean.toFixed(4)} on ${photos} photos and ${textCosine.mean.toFixed(4)} on ${prompts} prompts (expected ${LEAST_COSINE}), the same first label on ${(100 * top1Agreement).toFixed(1)} % of the photos (expected ${100 * LEAST_AGREEMENT} %).`,
    { hint: 'Name a folder with more of your own `photos` for a finer figure, or use `force` to keep it anyway.' },
  );
}
