import type { Embedding } from '../core/embedding.js';
import type { KeptEmbedding } from '../core/ports.js';
import type { ZeroShotClassifier } from '../core/zero-shot-classifier.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { type ImageWriter, openImageWriter } from '../tasks/images/image-writer.js';
import { listFolders, type NamedFolder } from '../tasks/images/library-folders.js';
import type { Workspace } from '../tasks/workspace.js';
import { BoundLabels, type BoundRequest, type LabelRequest } from './bound-labels.js';
import type { FetchRules } from './fetch-image.js';
import { Generations } from './generations.js';
import { ImageBatcher } from './image-batcher.js';
import { JobList } from './index-jobs/job-list.js';
import type { ApiKey } from './keys.js';
import { createMetrics, type Metrics } from './metrics.js';
import { RequestProblem } from './problem.js';
import { type NamedImage, toImageBytes } from './read-images.js';
import type { ServiceLog } from './request-log.js';
import { RequestMemory } from './request-memory.js';
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
  /** The label set of requests that name no labels. */
  readonly labelSet?: string | undefined;
  /** Folders that jobs may bring up to date, by name: absolute paths. Without them, the folders of the index. */
  readonly folders?: ReadonlyMap<string, string> | undefined;
  /** How often a stream of events gives a sign of life; 15 s by default. */
  readonly heartbeatMs?: number | undefined;
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

/** What all routes share: the workspace, its model, one stream of images, the line in front of it, and the counts. */
export interface Service {
  readonly workspace: Workspace;
  readonly settings: Omit<ServiceSettings, 'maxBodyBytes' | 'maxItems'> & { readonly maxBodyBytes: number; readonly maxItems: number };
  readonly queue: WorkQueue;
  /** What requests hold in memory. */
  readonly memory: RequestMemory;
  readonly metrics: Metrics;
  readonly jobs: JobList;
  /** Adds images that were sent, and removes images. */
  readonly images: ImageWriter;
  /** Aborts when the service begins to end: streams of events then end too. */
  readonly ending: AbortSignal;
  encoder(): Promise<Encoder>;
  /**
   * Embeds one image; requests share batches. An image that still waits when the signal says stop gives up its place. An `encoder` is one
   * that the request has already: the model may change meanwhile.
   */
  encode(image: Uint8Array, signal?: AbortSignal, encoder?: Encoder): Promise<Embedding>;
  /** The same, with the size of the picture. */
  encodeImage(image: Uint8Array, signal?: AbortSignal, encoder?: Encoder): Promise<KeptEmbedding>;
  /** Uses the bytes of an image that a request holds as base64 or a data URL, or names by an address where that is allowed. */
  withImage<T>(image: NamedImage, signal: AbortSignal, use: (bytes: Uint8Array) => Promise<T>): Promise<T>;
  /** Takes part in the use of the present model: it stays open until the result is called. */
  enter(): () => void;
  /** Opens the model again; requests in flight end on the old one. @throws RequestProblem 409 while another does so */
  reload(): Promise<Encoder>;
  /** The folders of the library by their names. */
  folders(): Promise<NamedFolder[]>;
  /** The labels of a request, embedded once. A client that leaves does not end what others wait for too. */
  labels(request: LabelRequest, signal?: AbortSignal): Promise<ZeroShotClassifier>;
  /** The same with all that was opened for them. */
  bind(request: LabelRequest): Promise<BoundRequest>;
  /** Whether the model is loaded and open. */
  readonly isWarm: boolean;
  /** Loads the model and opens both of its sides. */
  warm(): Promise<void>;
  /** Says that the end is near. */
  beginClose(): void;
  /** Ends jobs and the stream of images; the workspace stays the caller's. */
  close(): Promise<void>;
}

/** Requests that run together: their images fill a batch while others are read. */
const RUNNING = 64;

export function createService(workspace: Workspace, settings: ServiceSettings = {}): Service {
  const { maxBodyBytes = 32 * 2 ** 20, maxItems = 64, maxWaiting = 256 } = settings;
  const queue = new WorkQueue({ running: RUNNING, waiting: maxWaiting });
  const memory = new RequestMemory(maxBodyBytes);
  const metrics = createMetrics(queue);
  queue.onWait = (wait) => metrics.timed('queue', wait);
  const stages = new StageTimes(metrics);
  let isWarm = false;
  const bound = new BoundLabels(workspace, settings.labelSet);
  const bind = (request: LabelRequest): Promise<BoundRequest> => metrics.timed('embed_labels', () => bound.bind(request));
  const batchers = new Map<Encoder, ImageBatcher>();
  const generations = new Generations();
  const jobs = new JobList({ onFailure: settings.onFailure });
  const ending = new AbortController();
  let reloading: Promise<Encoder> | undefined;
  let retiring: Promise<void> = Promise.resolve();
  const reload = async (): Promise<Encoder> => {
    const { retire } = await workspace.reload();
    bound.clear();
    const old = [...batchers];
    const left = generations.next();
    retiring = Promise.all([retiring, left]).then(async () => {
      for (const [encoder, batcher] of old) {
        await batcher.close();
        batchers.delete(encoder);
      }
      await retire();
    });
    return workspace.encoder();
  };
  const closeBatchers = async (): Promise<void> => {
    for (const batcher of batchers.values()) await batcher.close();
  };
  const encodeImage: Service['encodeImage'] = async (image, signal, given) => {
    const encoder = given ?? (await workspace.encoder());
    const batcher = batchers.get(encoder) ?? new ImageBatcher(encoder);
    batchers.set(encoder, batcher);
    return metrics.timed('image', async () => {
      const outcome = await batcher.encode(image, signal);
      stages.addSpans(image, performance.now());
      return outcome;
    });
  };
  return {
    workspace,
    settings: { ...settings, maxBodyBytes, maxItems },
    queue,
    memory,
    metrics,
    encoder: () => workspace.encoder(),
    jobs,
    images: openImageWriter(workspace),
    ending: ending.signal,
    encode: async (image, signal, encoder) => (await encodeImage(image, signal, encoder)).embedding,
    encodeImage,
    async withImage({ text, name }, signal, use) {
      const { fetchRules: rules } = settings;
      if (rules === undefined || !/^https?:/i.test(text)) return await use(toImageBytes(text, name).bytes);
      const { maxImageBytes: maxBytes } = (await workspace.encoder()).limits;
      const { fetchImage } = await import('./fetch-image.js');
      return await memory.hold(async (onBytes) =>
        use(await metrics.timed('fetch', () => fetchImage(text, { name, maxBytes, onBytes, signal, rules }))),
      );
    },
    enter: () => generations.enter(),
    async reload() {
      if (reloading) throw new RequestProblem(409, 'RELOAD_RUNNING', 'The model is being opened again already.');
      reloading = reload().finally(() => {
        reloading = undefined;
      });
      return reloading;
    },
    folders: () => listFolders(workspace, settings.folders ?? new Map()),
    labels: async (request) => (await bind(request)).zeroShot,
    bind,
    get isWarm() {
      return isWarm;
    },
    async warm() {
      const encoder = await workspace.encoder();
      await Promise.all([encoder.device(), encoder.encodeTexts(['a photo'])]);
      isWarm = true;
    },
    beginClose: () => ending.abort(),
    async close() {
      ending.abort();
      await jobs.close();
      await retiring;
      await closeBatchers();
      stages.close();
    },
  };
}
