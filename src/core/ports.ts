import type { LabelwiseError } from '../errors.js';
import type { Embedding } from './embedding.js';
import type { LabelSet } from './label-set.js';
import type { ScoringRule } from './scoring.js';

/** An image wherever it is: a path, a URL, or its encoded bytes. */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | Blob;

/** What an encoder is: enough to know whether two embeddings can be compared, and how to score them. */
export interface EncoderInfo extends ScoringRule {
  /** A name for people, for example "openai/clip-vit-base-patch32". */
  readonly name: string;
  /** Changes whenever embeddings would: weights, dtype, tokenizer, preprocessing. */
  readonly fingerprint: string;
}

export interface EncodeOptions {
  /** Images in one forward pass, where it is to differ from the encoder's own. */
  readonly batchSize?: number | undefined;
  /** Let images wait for a full batch even while their source pauses: the same images then form the same batches in every run. */
  readonly shouldFillBatches?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch with the number of items done and, where it is known, of all. */
  readonly onProgress?: ((done: number, total: number | undefined) => void) | undefined;
}

/** One image's embedding, or why there is none. `index` counts the inputs from 0. */
export type ImageOutcome = { readonly index: number } & (
  | { readonly embedding: Embedding; readonly width: number; readonly height: number }
  | { readonly error: LabelwiseError }
);

/** Turns images into unit embeddings. */
export interface ImageEncoder {
  readonly info: EncoderInfo;
  /** Outcomes in the order of the inputs; a bad image is an outcome with its error and the rest goes on. */
  encodeImages(images: Iterable<ImageSource> | AsyncIterable<ImageSource>, options?: EncodeOptions): AsyncIterable<ImageOutcome>;
}

/** Turns texts into unit embeddings. */
export interface TextEncoder {
  readonly info: EncoderInfo;
  /** Embeddings in the order of the texts, each [dimension]. */
  encodeTexts(texts: readonly string[], options?: EncodeOptions): Promise<Embedding[]>;
  /** The words of each text that the encoder does not know: it reads all of them as one and the same. [texts][words] */
  unknownWordsOf?(texts: readonly string[]): Promise<string[][]>;
}

/** A label set with its prompts and class embeddings, bound to the encoder that made them. */
export interface ClassEmbeddings {
  readonly labelSet: LabelSet;
  /** The prompts of each label. [labels][prompts] */
  readonly prompts: readonly (readonly string[])[];
  /** Unit vectors, unless examples moved them. [labels][dimension] */
  readonly vectors: readonly Embedding[];
  /** Added to the dot products with the vectors, where examples moved them. [labels] */
  readonly offsets?: Float32Array | undefined;
  readonly encoder: EncoderIdentity;
  readonly templates: readonly string[];
}

/** The part of an encoder's facts that a stored embedding is tied to. */
export type EncoderIdentity = Pick<EncoderInfo, 'name' | 'fingerprint'>;

/** Keeps class embeddings under a name. */
export interface ClassEmbeddingStore {
  save(name: string, embeddings: ClassEmbeddings): Promise<void>;
  /** @throws LabelwiseError `LABEL_TABLE_NOT_FOUND`, or `LABEL_TABLE_MISMATCH` when another encoder made it */
  load(name: string, encoder: EncoderIdentity): Promise<ClassEmbeddings>;
  has(name: string): Promise<boolean>;
  remove(name: string): Promise<void>;
}

/** An embedding as it is kept between runs; width and height are those of the image, 0 for texts. */
export interface KeptEmbedding {
  readonly embedding: Embedding;
  readonly width: number;
  readonly height: number;
}

/** Embeddings of one encoder that earlier runs made, by a key that stands for their input. Losing one costs time, nothing else. */
export interface EmbeddingCache {
  has(key: string): boolean;
  /** What is kept of these keys; one that another process removed meanwhile, or that is damaged, is not in the answer. */
  load(keys: readonly string[]): Promise<ReadonlyMap<string, KeptEmbedding>>;
  /** Keeps embeddings; they are written in large steps, the last when the cache is closed. */
  keep(entries: ReadonlyMap<string, KeptEmbedding>): Promise<void>;
  close(): Promise<void>;
}
