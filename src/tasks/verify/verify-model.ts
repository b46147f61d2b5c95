import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findKnownModel, type KnownModel } from '../../checkpoints/known-models.js';
import { dotProduct, type Embedding, normalize } from '../../core/embedding.js';
import { type Encoder, loadEncoder } from '../../encoders/load-encoder.js';
import { messageOf } from '../../errors.js';
import { makeFolder } from '../../files/make-folder.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { PROMPTS, type PythonValues } from './python-values.js';

export interface VerifyRequest {
  readonly photos: readonly string[];
  /** What Python gave for the same photos and prompts. */
  readonly python?: PythonValues | undefined;
}

/** One fact that was checked. `isRight` is undefined where there was nothing to compare with. */
export interface Check {
  readonly what: string;
  readonly isRight: boolean | undefined;
  readonly found: string;
  readonly against: string;
}

export interface Verification {
  readonly model: string;
  readonly source: 'embedded' | 'folder' | 'hub';
  readonly revision: string | undefined;
  readonly dtype: string;
  readonly fingerprint: string;
  readonly checks: readonly Check[];
}

interface Embedded {
  readonly texts: readonly Embedding[];
  readonly images: readonly Embedding[];
}

/** What the lowest cosine has to reach: Python's photos pass through another resize. */
const LEAST = { python: 0.999, pythonTexts: 0.9999, bfloat16: 0.999, int8: 0.99 };

/** Holds a model on disk against Python's values, what its authors published, and its own lower formats. */
export async function verifyModel(
  workspace: Workspace,
  { photos, python }: VerifyRequest,
  options: TaskOptions = {},
): Promise<Verification> {
  const encoder = await workspace.encoder({ isUncached: true }, options);
  const { manifest, info } = encoder;
  const exact = await embed(encoder, photos);
  const known = await findKnownModel(manifest.name);
  return {
    model: manifest.name,
    source: manifest.source,
    revision: manifest.revision,
    dtype: manifest.dtype,
    fingerprint: info.fingerprint,
    checks: [
      ...(python ? comparePython(exact, python) : []),
      ...(known ? comparePublished(known, { dimension: exact.texts[0]?.length ?? 0, logitScale: info.logitScale }) : []),
      ...(manifest.model.kind === 'safetensors' && manifest.dtype === 'fp32'
        ? await compareFormats(encoder, { exact, photos, workspace })
        : []),
    ],
  };
}

async function embed(encoder: Encoder, photos: readonly string[]): Promise<Embedded> {
  const texts = await encoder.encodeTexts(PROMPTS);
  const images: Embedding[] = [];
  for await (const outcome of encoder.encodeImages(photos)) {
    if ('error' in outcome) throw outcome.error;
    images.push(outcome.embedding);
  }
  return { texts, images };
}

const lowest = (a: readonly Embedding[], b: readonly Embedding[]): number =>
  Math.min(...a.map((one, i) => (one.length === b[i]?.length ? dotProduct(one, b[i] as Embedding) : -1)));

function compareEmbeddings(
  what: string,
  pair: { exact: Embedded; other: Embedded },
  least: { images: number; texts: number; against: string },
): Check[] {
  const { exact, other } = pair;
  const isComplete = exact.images.length === other.images.length;
  const [images, texts] = [isComplete ? lowest(exact.images, other.images) : -1, lowest(exact.texts, other.texts)];
  const check = (of: string, cosine: number, limit: number): Check => ({
    what: `${what}: ${of}`,
    isRight: cosine >= limit,
    found: `lowest cosine ${cosine.toFixed(6)}`,
    against: `${least.against}, at least ${limit}`,
  });
  return [check(`${exact.images.length} photos`, images, least.images), check(`${exact.texts.length} texts`, texts, least.texts)];
}

function comparePython(exact: Embedded, python: PythonValues): Check[] {
  const unit = (rows: readonly (readonly number[])[]): Embedding[] => rows.map((row) => normalize(Float32Array.from(row)));
  const other = { texts: unit(python.texts), images: unit(python.images) };
  return compareEmbeddings('Python', { exact, other }, { images: LEAST.python, texts: LEAST.pythonTexts, against: python.reference });
}

function comparePublished({ dimension, published, source }: KnownModel, own: { dimension: number; logitScale: number }): Check[] {
  const size = {
    what: 'dimension',
    isRight: own.dimension === dimension,
    found: String(own.dimension),
    against: `${dimension} (${source ?? 'model card'})`,
  };
  if (!published) return [size];
  const isRight = Math.abs(own.logitScale / published.logitScale - 1) < 0.005;
  return [
    size,
    { what: 'logit scale', isRight, found: own.logitScale.toFixed(3), against: `${published.logitScale} (${published.source})` },
  ];
}

async function compareFormats(
  encoder: Encoder,
  { exact, photos, workspace }: { exact: Embedded; photos: readonly string[]; workspace: Workspace },
): Promise<Check[]> {
  const options = workspace.encoderOptions();
  await makeFolder(options.home);
  const room = await mkdtemp(join(options.home, 'verify-'));
  const compare = async (what: string, least: number, make: () => Promise<Parameters<typeof loadEncoder>[0]>): Promise<Check[]> => {
    let embedded: Embedded;
    try {
      await using other = await loadEncoder({ ...(await make()), openImageCache: undefined });
      embedded = await embed(other, photos);
    } catch (error) {
      return [{ what, isRight: undefined, found: messageOf(error), against: 'its own float32' }];
    }
    return compareEmbeddings(what, { exact, other: embedded }, { images: least, texts: least, against: 'its own float32' });
  };
  try {
    const bfloat16 = await compare('bfloat16', LEAST.bfloat16, async () => {
      const { copyAsBfloat16 } = await import('./bfloat16-copy.js');
      await copyAsBfloat16(encoder.manifest, join(room, 'bf16'));
      return { ...options, model: join(room, 'bf16'), dtype: undefined };
    });
    const int8 = await compare('int8', LEAST.int8, async () => {
      const { quantizeCheckpoint } = await import('../../encoders/quantize/quantize-checkpoint.js');
      await quantizeCheckpoint({ ...options, home: room, photos, prompts: PROMPTS, force: true });
      return { ...options, home: room, dtype: 'int8' };
    });
    return [...bfloat16, ...int8];
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}
