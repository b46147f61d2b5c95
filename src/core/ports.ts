import type { LabelwiseError } from '../errors.js';
import type { Calibration } from './decisions/calibration.js';
import type { Embedding } from './embedding.js';
import type { LabelSet } from './label-set.js';
import type { ScoringRule } from './scoring.js';

/** An image: a path, a URL, or its encoded bytes. */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | Blob;

/** The facts about an encoder that decide whether two embeddings can be compared, and how they are scored. */
export interface EncoderInfo extends ScoringRule {
  /** A name for people, for example "openai/clip-vit-base-patch32". */
  readonly name: string;
  /** Changes whenever embeddings would: weights, dtype, tokenizer, preprocessing. */
  readonly fingerprint: string;
  /** What was fitted to its probabilities, for some template sets; the first also serves the others. */
  readonly calibrations?: readonly Calibration[] | undefined;
}

export interface EncodeOptions {
  /** Images in one forward pass, instead of the encoder's own number. */
  readonly batchSize?: number | undefined;
  /** Make images wait for a full batch even while their source pauses, so that the same images form the same batches in every run. */
  readonly shouldFillBatches?: boolean | undefined;
  /** Neither look embeddings up in the encoder's cache nor keep them there. */
  readonly isUncached?: boolean | undefined;
  /** Decode the first image in this thread, where it is a JPEG or PNG: for a single image, another thread costs more than it saves. */
  readonly startsHere?: boolean | undefined;
  /** Embed the crops of each image too (`crops.ts`): an encoder that cannot gives outcomes without them. Crops are not cached. */
  readonly withCrops?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch with the number of items done and, if it is known, the total. */
  readonly onProgress?: ((done: number, total: number | undefined) => void) | undefined;
  /** Called with the texts that were cut, because the encoder takes fewer tokens than they have. */
  readonly onCut?: ((texts: readonly string[]) => void) | undefined;
  /** Called with what texts lose by that, in place of the encoder's own. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** One image's embedding, or why there is none. `index` counts the inputs from 0. */
export type ImageOutcome = { readonly index: number } & (
  | { readonly embedding: Embedding; readonly width: number; readonly height: number; readonly crops?: readonly Embedding[] | undefined }
  | { readonly error: LabelwiseError }
);

/** Turns images into unit embeddings. */
export interface ImageEncoder {
  readonly info: EncoderInfo;
  /** Yields outcomes in the order of the inputs. A bad image becomes an outcome with its error, and the rest goes on. */
  encodeImages(images: Iterable<ImageSource> | AsyncIterable<ImageSource>, options?: EncodeOptions): AsyncIterable<ImageOutcome>;
}

/** Turns texts into unit embeddings. */
export interface TextEncoder {
  readonly info: EncoderInfo;
  /** Embeddings in the order of the texts, each [dimension]. */
  encodeTexts(texts: readonly string[], options?: EncodeOptions): Promise<Embedding[]>;
  /** The words of each text that the encoder does not know. It reads all of them as the same token. [texts][words] */
  unknownWordsOf?(texts: readonly string[]): Promise<string[][]>;
  /** How well the encoder knows a text, from 0 to 1, by the text's embedding; only encoders that can tell have it. */
  readonly knows?: ((text: Embedding) => number) | undefined;
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
  /** How much each template counts; undefined where all count alike. [templates] */
  readonly templateWeights?: readonly number[] | undefined;
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

/** A cached embedding. Width and height are those of the image, or 0 for texts. */
export interface KeptEmbedding {
  readonly embedding: Embedding;
  readonly width: number;
  readonly height: number;
}

/** The cached embeddings of one encoder, by a key that stands for their input. Losing one costs only time. */
export interface EmbeddingCache {
  has(key: string): boolean;
  /** The embeddings of these keys, without those that are damaged or that another process has removed. */
  load(keys: readonly string[]): Promise<ReadonlyMap<string, KeptEmbedding>>;
  /** Stores embeddings. They are written in large steps, the last one when the cache is closed. */
  keep(entries: ReadonlyMap<string, KeptEmbedding>): Promise<void>;
  close(): Promise<void>;
}
