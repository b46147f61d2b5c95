import { type BuildOptions, buildClassEmbeddings } from '../core/class-embeddings.js';
import { createLabelSet, type LabelInput, type LabelSet } from '../core/label-set.js';
import type { ClassEmbeddings, ImageSource } from '../core/ports.js';
import { type PromptTemplate, parseTemplate } from '../core/prompt-template.js';
import type { Scoring } from '../core/scoring.js';
import { createZeroShotClassifier, type Prediction, refuseLoneLabel, type ZeroShotClassifier } from '../core/zero-shot-classifier.js';
import { type Encoder, type LoadEncoderOptions, loadEncoder, warnProcess } from '../encoders/load-encoder.js';
import { loadTemplateSet } from '../home/data-files.js';
import { type CacheSettings, DEFAULT_CACHE_BYTES, openEmbeddingCache } from '../store/open-cache-or-warn.js';

export interface ClassifierOptions extends LoadEncoderOptions {
  /** Labels in order, or a label set. */
  readonly labels: readonly LabelInput[] | LabelSet;
  /** Templates with one `{}` each. */
  readonly templates?: readonly string[] | undefined;
  /** A template set that ships with labelwise: default, single, imagenet-7, imagenet-80 or cifar-18. */
  readonly templateSet?: string | undefined;
  /** `softmax`: one label is right. `sigmoid`: several may be. By default what the model was trained for. */
  readonly scoring?: Scoring | undefined;
  /** A LanceDB folder where embeddings of images and labels are kept: what is there is not computed again. */
  readonly cache?: string | undefined;
  /** The most bytes that the cache may take; 2 GiB by default. */
  readonly cacheMaxBytes?: number | undefined;
  /** Told of each batch of prompts. */
  readonly onProgress?: ((done: number, total: number | undefined) => void) | undefined;
}

/** What one image shows. */
export interface Classification {
  readonly image: ImageSource;
  readonly predictions: Prediction[];
}

export interface ClassifyOptions {
  /** How many predictions are kept; 5 by default. */
  readonly topK?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Ranks labels for images. */
export interface Classifier extends AsyncDisposable {
  readonly encoder: Encoder;
  readonly classEmbeddings: ClassEmbeddings;
  /** True when no text had to be encoded: the class embeddings came from the cache. */
  readonly isFromStore: boolean;
  /** Classifies one image or several. @throws LabelwiseError for the first image that is bad */
  classify(images: ImageSource | readonly ImageSource[], options?: ClassifyOptions): Promise<Classification[]>;
  /** Classifies a stream in order; a bad image is an item with its error and the rest goes on. */
  classifyEach(
    images: Iterable<ImageSource> | AsyncIterable<ImageSource>,
    options?: ClassifyOptions,
  ): AsyncGenerator<{ index: number } & ({ predictions: Prediction[] } | { error: unknown })>;
  close(): Promise<void>;
}

/**
 * A classifier for these labels: loads the model, puts the labels into prompts, embeds them once.
 *
 * @throws LabelwiseError when the labels, templates, model or device cannot be used
 * @example
 * await using classifier = await createClassifier({ labels: ['cat', 'dog', 'red panda'] });
 * const [{ predictions }] = await classifier.classify('photo.jpg');
 */
export async function createClassifier(options: ClassifierOptions): Promise<Classifier> {
  const labelSet = 'labels' in options.labels ? options.labels : createLabelSet(options.labels);
  const templates = await chooseTemplates(options);
  const { cache: folder, cacheMaxBytes: maxBytes = DEFAULT_CACHE_BYTES, onWarning = warnProcess } = options;
  const cache = folder === undefined ? undefined : { folder, maxBytes, onWarning };
  const encoder = await loadEncoder({ ...options, openImageCache: cache && ((info) => openEmbeddingCache(cache, 'images', info)) });
  try {
    const scoring = options.scoring ?? encoder.info.scoring;
    refuseLoneLabel(labelSet, scoring);
    const { classEmbeddings, isFromStore } = await findClassEmbeddings(encoder, labelSet, { ...options, templates, cache, onWarning });
    const zeroShot = createZeroShotClassifier(classEmbeddings, { ...encoder.info, scoring });
    return toClassifier(encoder, zeroShot, isFromStore);
  } catch (error) {
    await encoder.close();
    throw error;
  }
}

/** The templates of the options: their own, those of the named set, or "a photo of {a} {}." */
export async function chooseTemplates(options: Pick<ClassifierOptions, 'templates' | 'templateSet'>): Promise<readonly PromptTemplate[]> {
  const own = (options.templates ?? []).map(parseTemplate);
  const set = options.templateSet === undefined ? [] : (await loadTemplateSet(options.templateSet)).templates;
  const all = [...set, ...own];
  return all.length > 0 ? all : (await loadTemplateSet('default')).templates;
}

/** Class embeddings from the cache as far as they are there, else made and kept. */
export async function findClassEmbeddings(
  encoder: Encoder,
  labelSet: LabelSet,
  options: Pick<BuildOptions, 'templates' | 'signal' | 'onProgress' | 'onWarning'> & { readonly cache: CacheSettings | undefined },
): Promise<{ classEmbeddings: ClassEmbeddings; isFromStore: boolean }> {
  const cache = options.cache && (await openEmbeddingCache(options.cache, 'labels', encoder.info));
  let isFromStore = true;
  const encodeTexts: Encoder['encodeTexts'] = (texts, encodeOptions) => {
    isFromStore = false;
    return encoder.encodeTexts(texts, encodeOptions);
  };
  try {
    const { unknownWordsOf } = encoder;
    const classEmbeddings = await buildClassEmbeddings({ info: encoder.info, encodeTexts, unknownWordsOf }, labelSet, {
      ...options,
      cache,
    });
    return { classEmbeddings, isFromStore };
  } finally {
    await cache?.close();
  }
}

function toClassifier(encoder: Encoder, zeroShot: ZeroShotClassifier, isFromStore: boolean): Classifier {
  const classifyEach: Classifier['classifyEach'] = async function* (images, { topK, signal } = {}) {
    for await (const outcome of encoder.encodeImages(images, { signal })) {
      yield 'error' in outcome ? outcome : { index: outcome.index, predictions: zeroShot.classify(outcome.embedding, topK) };
    }
  };
  return {
    encoder,
    classEmbeddings: zeroShot.classEmbeddings,
    isFromStore,
    classifyEach,
    async classify(images, options) {
      const sources = Array.isArray(images) ? (images as readonly ImageSource[]) : [images as ImageSource];
      const results: Classification[] = [];
      for await (const item of classifyEach(sources, options)) {
        if ('error' in item) throw item.error;
        results.push({ image: sources[item.index] as ImageSource, predictions: item.predictions });
      }
      return results;
    },
    close: () => encoder.close(),
    [Symbol.asyncDispose]: () => encoder.close(),
  };
}
