import type { Embedding } from '../core/embedding.js';
import type { KeptEmbedding } from '../core/ports.js';
import type { ZeroShotClassifier } from '../core/zero-shot-classifier.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { type ClassifyOptions, rememberBound } from '../tasks/create-classifier.js';
import { openZeroShot, refuseBesideTable } from '../tasks/open-zero-shot.js';
import type { Workspace } from '../tasks/workspace.js';
import type { FetchRules } from './fetch-image.js';
import { ImageBatcher } from './image-batcher.js';
import type { ApiKey } from './keys.js';
import { createMetrics, type Metrics } from './metrics.js';
import { type SentImage, toImageBytes } from './read-images.js';
import type { ServiceLog } from './request-log.js';
import { StageTimes } from './stage-times.js';
import { WorkQueue } from './work-queue.js';

/** How a service behaves. */
export interface ServiceSettings {
  /** Keys that requests need; undefined lets everybody in. */
  readonly keys?: readonly ApiKey[] | undefined;
  /** The largest body of a request; 32 MiB by default. */
  readonly maxBodyBytes?: number | undefined;
  /** Images or texts in one request; 64 by default. */
  readonly maxItems?: number | undefined;
  /** Requests that wait for a place; 256 by default. */
  readonly maxWaiting?: number | undefined;
  /** Names of models that clients may send beside the model's own, where a protocol ties its results to a name. */
  readonly answersTo?: readonly string[] | undefined;
  /** Fetch images that requests name by address, under these rules; undefined refuses addresses. */
  readonly fetchRules?: FetchRules | undefined;
  /** Requests a minute for each key, or for each address where there are no keys; undefined for any number. */
  readonly ratePerMinute?: number | undefined;
  /** Origins of other sites whose pages may ask; none by default. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Answer to addresses and localhost alone: a service that only this machine reaches. */
  readonly isLocal?: boolean | undefined;
  /** Gets a line about each request, and about each failure that clients are told nothing of. */
  readonly log?: ServiceLog | undefined;
  /** Whether the log may hold what was asked: queries, labels, messages of failures. Images and keys it never holds. */
  readonly hasLogTexts?: boolean | undefined;
  /** Gets each failure that clients are told nothing of. */
  readonly onFailure?: ((requestId: string, error: unknown) => void) | undefined;
}

/** Which labels, as a request says it. */
export interface LabelRequest extends ClassifyOptions {
  readonly labelTable?: string | undefined;
}

/** What all routes share: the workspace, its model, one stream of images, the line in front of it, and the counts. */
export interface Service {
  readonly workspace: Workspace;
  readonly settings: Omit<ServiceSettings, 'maxBodyBytes' | 'maxItems'> & { readonly maxBodyBytes: number; readonly maxItems: number };
  readonly queue: WorkQueue;
  readonly metrics: Metrics;
  encoder(): Promise<Encoder>;
  /** Embeds one image; requests share batches. An image that still waits when the signal says stop gives up its place. */
  encode(image: Uint8Array, signal?: AbortSignal): Promise<Embedding>;
  /** The same, with the size of the picture. */
  encodeImage(image: Uint8Array, signal?: AbortSignal): Promise<KeptEmbedding>;
  /** The bytes of an image that a request holds as base64 or a data URL, or names by an address where that is allowed. */
  readImage(text: string, name: string, signal: AbortSignal): Promise<SentImage>;
  /** The labels of a request, embedded once. */
  labels(request: LabelRequest, signal: AbortSignal): Promise<ZeroShotClassifier>;
  /** Whether the model is loaded and open. */
  readonly isWarm: boolean;
  /** Loads the model and opens both of its sides. */
  warm(): Promise<void>;
  /** Ends the stream of images; the workspace stays the caller's. */
  close(): Promise<void>;
}

/** Requests that run together: their images fill a batch while others are read. */
const RUNNING = 64;

export function createService(workspace: Workspace, settings: ServiceSettings = {}): Service {
  const { maxBodyBytes = 32 * 2 ** 20, maxItems = 64, maxWaiting = 256 } = settings;
  const queue = new WorkQueue({ running: RUNNING, waiting: maxWaiting });
  const metrics = createMetrics(queue);
  queue.onWait = (wait) => metrics.timed('queue', wait);
  const stages = new StageTimes(metrics);
  const find = rememberBound({}, undefined, (choice, signal) => openZeroShot(workspace, choice, { signal }));
  let batcher: ImageBatcher | undefined;
  let isWarm = false;
  const encodeImage: Service['encodeImage'] = async (image, signal) => {
    const encoder = await workspace.encoder();
    batcher ??= new ImageBatcher(encoder);
    return metrics.timed('image', async () => {
      const outcome = await (batcher as ImageBatcher).encode(image, signal);
      stages.addSpans(image, performance.now());
      return outcome;
    });
  };
  return {
    workspace,
    settings: { ...settings, maxBodyBytes, maxItems },
    queue,
    metrics,
    encoder: () => workspace.encoder(),
    encode: async (image, signal) => (await encodeImage(image, signal)).embedding,
    encodeImage,
    async readImage(text, name, signal) {
      const { fetchRules: rules } = settings;
      if (rules === undefined || !/^https?:/i.test(text)) return toImageBytes(text, name);
      const { maxImageBytes: maxBytes } = (await workspace.encoder()).limits;
      const { fetchImage } = await import('./fetch-image.js');
      return { name, bytes: await metrics.timed('fetch', () => fetchImage(text, { name, maxBytes, signal, rules })) };
    },
    labels: ({ labelTable, ...request }, signal) =>
      metrics.timed('embed_labels', async () => {
        refuseBesideTable({ labelTable, ...request });
        if (labelTable === undefined) return (await find({ ...request, signal })).zeroShot;
        return (await openZeroShot(workspace, { ...request, labelTable }, { signal })).zeroShot; // a table may be saved again
      }),
    get isWarm() {
      return isWarm;
    },
    async warm() {
      const encoder = await workspace.encoder();
      await Promise.all([encoder.device(), encoder.encodeTexts(['a photo'])]);
      isWarm = true;
    },
    async close() {
      await batcher?.close();
      stages.close();
    },
  };
}
