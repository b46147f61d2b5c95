import { assertCount, show } from '../core/assert-option.js';
import { encodeItems } from '../core/encode-items.js';
import { refuseUnknownFields, type Schema } from '../core/known-fields.js';
import type { ClassEmbeddings, EncoderIdentity, ImageSource } from '../core/ports.js';
import type { Answer } from '../core/zero-shot-classifier.js';
import { type Encoder, type LoadEncoderOptions, loadEncoder, warnProcess } from '../encoders/load-encoder.js';
import { LabelwiseError } from '../errors.js';
import type { Surroundings } from '../hub/surroundings.js';
import { describeSource, refuseImageSource } from '../images/describe-source.js';
import { DEFAULT_CACHE_BYTES, openEmbeddingCache } from '../store/open-cache-or-warn.js';
import { type BoundLabels, bindLabels, type LabelChoice, type OpenLabelChoice } from './bind-labels.js';

export interface ClassifierOptions extends LoadEncoderOptions, OpenLabelChoice {
  /** A loaded model to share with other classifiers. You close it yourself. It cannot be combined with options that load a model. */
  readonly encoder?: Encoder | undefined;
  /** Accept images only as bytes and Blobs, and refuse paths and URLs. Set it wherever untrusted users choose the images. */
  readonly bytesOnly?: boolean | undefined;
  /** A folder that keeps the embeddings of images and labels, so that they are computed only once. */
  readonly cache?: string | undefined;
  /** The size limit of the cache in bytes; 2 GiB by default. */
  readonly cacheMaxBytes?: number | undefined;
  /** Called after each batch of prompts. */
  readonly onProgress?: ((done: number, total: number | undefined) => void) | undefined;
}

/** What one image shows. */
export interface Classification extends Answer {
  /** The image in a few words: its path or address, or the size of its bytes. */
  readonly source: string;
}

/** One image of a stream: its predictions, or the error. `index` counts the images from 0. */
export type ClassifiedItem = { readonly index: number; readonly source: string } & (Answer | { readonly error: LabelwiseError });

export interface ClassifyOptions extends OpenLabelChoice {
  /** How many predictions are kept; 5 by default. */
  readonly topK?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Ranks labels for images. */
export interface Classifier extends AsyncDisposable {
  readonly encoder: Encoder;
  /** For the labels that the classifier was created with; undefined if each call brings its own. */
  readonly classEmbeddings: ClassEmbeddings | undefined;
  /** True if no text had to be encoded, because all class embeddings came from the cache. */
  readonly isFromCache: boolean;
  /**
   * Classifies one image or several, with the classifier's labels or those of the call. Labels that were used before are not embedded again.
   *
   * @throws LabelwiseError for the first image that is bad
   */
  classify(images: ImageSource | readonly ImageSource[], options?: ClassifyOptions): Promise<Classification[]>;
  /** Classifies a stream of images in order. A bad image becomes an item with its error, and the rest goes on. */
  classifyEach(images: Iterable<ImageSource> | AsyncIterable<ImageSource>, options?: ClassifyOptions): AsyncGenerator<ClassifiedItem>;
  close(): Promise<void>;
}

const CALL_FIELDS: Schema<ClassifyOptions> = {
  labels: 1,
  templates: 1,
  templateSet: 1,
  scoring: 1,
  none: 1,
  noneRate: 1,
  topK: 1,
  signal: 1,
};

/** Label sets of calls that stay bound; a set of 1,000 labels takes 2 to 6 MB. */
const MOST_BOUND = 32;

/**
 * Creates a classifier: loads the model, puts the labels into prompts and embeds them once.
 *
 * @throws LabelwiseError when the labels, templates, model or device cannot be used
 */
export async function createClassifier(options: ClassifierOptions & Surroundings): Promise<Classifier> {
  const { cache: folder, cacheMaxBytes: maxBytes = DEFAULT_CACHE_BYTES, onWarning = warnProcess } = options;
  assertCount('cacheMaxBytes', maxBytes);
  const cache = folder === undefined ? undefined : { folder, maxBytes, onWarning };
  const openImageCache = cache && ((info: EncoderIdentity) => openEmbeddingCache(cache, 'images', info));
  const encoder = options.encoder ?? (await loadEncoder({ ...options, openImageCache }));
  const close = async (): Promise<void> => (options.encoder ? undefined : encoder.close());
  const bind = (choice: LabelChoice, signal?: AbortSignal) =>
    bindLabels(encoder, choice, { cache, signal, onProgress: options.onProgress, onWarning, opensImages: true });
  try {
    const own = options.labels === undefined ? undefined : await bind(options as LabelChoice, options.signal);
    const classifier = classifierOf(encoder, rememberBound(options, own, bind), options.bytesOnly);
    return { ...classifier, ...describeOwn(own), encoder, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

const describeOwn = (own: BoundLabels | undefined) => ({
  classEmbeddings: own?.zeroShot.classEmbeddings,
  isFromCache: own?.isFromCache ?? false,
});

type FindBound = (call: ClassifyOptions) => Promise<Pick<BoundLabels, 'zeroShot'>>;

/** The labels of a call, else the classifier's own; those of the last calls stay bound. */
export function rememberBound<Bound extends Pick<BoundLabels, 'zeroShot'>>(
  options: OpenLabelChoice,
  own: Bound | undefined,
  bind: (choice: LabelChoice, signal?: AbortSignal) => Promise<Bound>,
): (call: ClassifyOptions) => Promise<Bound> {
  const known = new Map<string, { readonly binding: Promise<Bound>; readonly signal: AbortSignal | undefined }>();
  return async function find(call): Promise<Bound> {
    const { labels, templates, templateSet, scoring, none, noneRate, signal } = call;
    const isOwn = [labels, templates, templateSet, scoring, none, noneRate].every((value) => value === undefined);
    if (isOwn && own) return own;
    const choice = {
      labels: labels ?? options.labels,
      ...((templates ?? templateSet) === undefined ? pickTemplates(options) : { templates, templateSet }),
      scoring: scoring ?? options.scoring,
      none: none ?? options.none,
      noneRate: noneRate ?? options.noneRate,
    };
    if (choice.labels === undefined)
      throw new LabelwiseError('INVALID_ARGUMENT', 'Expected `labels`, of the classifier or of the call, got neither.', {
        hint: "For example: classify(image, { labels: ['cat', 'dog'] }).",
      });
    const key = JSON.stringify(choice);
    const shared = known.get(key);
    const bound = shared ?? { binding: bind(choice as LabelChoice, signal), signal };
    known.delete(key);
    known.set(key, bound); // the last used stands last
    bound.binding.catch(() => known.get(key) === bound && known.delete(key));
    if (known.size > MOST_BOUND) known.delete(known.keys().next().value as string);
    return bound.binding.catch((error: unknown) => {
      if (shared?.signal?.aborted && !signal?.aborted) return find(call); // the call that began it was stopped, this one was not
      throw error;
    });
  };
}

const pickTemplates = ({ templates, templateSet }: OpenLabelChoice) => ({ templates, templateSet });

/** Classifies with an encoder, by the labels that `find` gives for a call. */
export function classifierOf(
  encoder: Encoder,
  find: FindBound,
  bytesOnly: boolean | undefined,
): Pick<Classifier, 'classify' | 'classifyEach'> {
  const classifyEach: Classifier['classifyEach'] = async function* (images, options = {}) {
    refuseUnknownFields('classify', options, CALL_FIELDS);
    const { topK, signal } = options;
    assertCount('topK', topK);
    const { zeroShot } = await find(options);
    const imageOf = (image: ImageSource) => (refuseImageSource(image, bytesOnly) ? undefined : image);
    for await (const { item: image, outcome } of encodeItems(encoder, images, imageOf, { signal })) {
      const refusal = refuseImageSource(image, bytesOnly);
      const item = { index: outcome.index, source: refusal ? show(image) : describeSource(image) };
      yield refusal || 'error' in outcome
        ? { ...item, error: refusal ?? toItemError((outcome as { error: unknown }).error) }
        : { ...item, ...zeroShot.answer(outcome.embedding, topK) };
    }
  };
  return {
    classifyEach,
    async classify(images: ImageSource | readonly ImageSource[], options?: ClassifyOptions): Promise<Classification[]> {
      const sources = Array.isArray(images) ? (images as readonly ImageSource[]) : [images as ImageSource];
      const refused = sources.map((source) => refuseImageSource(source, bytesOnly)).find((refusal) => refusal !== undefined);
      if (refused) throw refused;
      const results: Classification[] = [];
      for await (const item of classifyEach(sources, options)) {
        if ('error' in item) throw item.error;
        const { index: _, ...result } = item;
        results.push(result);
      }
      return results;
    },
  };
}

/** Whatever went wrong with one image has a code; anything else is a bug of ours, and thrown. */
function toItemError(error: unknown): LabelwiseError {
  if (error instanceof LabelwiseError) return error;
  throw error;
}
