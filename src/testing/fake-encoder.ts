import { createHash } from 'node:crypto';
import { type Embedding, normalize } from '../core/embedding.js';
import { bytesIn, isBlob } from '../core/image-source.js';
import type { EncoderInfo, ImageEncoder, ImageOutcome, ImageSource, TextEncoder } from '../core/ports.js';

/** An encoder whose embeddings are hashes: only equal inputs have similar vectors. */
export interface FakeEncoder extends ImageEncoder, TextEncoder {
  /** All texts that were encoded, in order. */
  readonly encodedTexts: readonly string[];
}

/** Creates an encoder of unit vectors of `dimension` numbers. A text and an image source that are spelled the same get the same vector. */
export function createFakeEncoder(options: { dimension?: number; info?: Partial<EncoderInfo> } = {}): FakeEncoder {
  const { dimension = 32 } = options;
  const encodedTexts: string[] = [];
  return {
    info: { name: 'fake', fingerprint: `fake-${dimension}`, scoring: 'softmax', logitScale: 100, logitBias: 0, ...options.info },
    encodedTexts,
    async encodeTexts(texts, { onProgress, signal } = {}) {
      signal?.throwIfAborted();
      encodedTexts.push(...texts);
      onProgress?.(texts.length, texts.length);
      return texts.map((text) => hashToEmbedding(text, dimension));
    },
    async *encodeImages(images, { signal } = {}): AsyncGenerator<ImageOutcome> {
      let index = 0;
      for await (const image of images) {
        signal?.throwIfAborted();
        yield { index: index++, embedding: hashToEmbedding(await bytesOf(image), dimension), width: 1, height: 1 };
      }
    },
  };
}

async function bytesOf(image: ImageSource): Promise<string | Uint8Array> {
  if (typeof image === 'string') return image;
  if (isBlob(image)) return new Uint8Array(await image.arrayBuffer());
  return bytesIn(image) ?? `${image}`;
}

function hashToEmbedding(content: string | Uint8Array, dimension: number): Embedding {
  const values = new Float32Array(dimension);
  for (let i = 0; i < dimension; i++) {
    values[i] = createHash('sha256').update(`${i}:`).update(content).digest().readInt32LE() / 2 ** 31;
  }
  return normalize(values);
}
