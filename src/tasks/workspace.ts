import { join, resolve } from 'node:path';
import { EMBEDDED_MODEL } from '../checkpoints/checkpoint-folder.js';
import type { EncoderIdentity } from '../core/ports.js';
import type { Encoder, LoadEncoderOptions } from '../encoders/load-encoder.js';
import type { OpenedMatrixProduct } from '../encoders/onnx/open-matrix-product.js';
import { closedError, throwIfAborted } from '../errors.js';
import type { Surroundings } from '../hub/surroundings.js';
import type { Sources } from '../ingest/source.js';
import type { Database } from '../store/database.js';
import type { StorageOptions } from '../store/objects/storage-options.js';
import { type CacheSettings, openEmbeddingCache } from '../store/open-cache-or-warn.js';

/** Which model runs, and how. */
export type ModelSettings = Pick<
  LoadEncoderOptions,
  | 'model'
  | 'dtype'
  | 'onnx'
  | 'device'
  | 'engine'
  | 'precision'
  | 'threads'
  | 'batchSize'
  | 'logitScale'
  | 'logitBias'
  | 'limits'
  | 'fastDecode'
  | 'decodeProcess'
  | 'ownsProcess'
>;

/** Settings that a task changes for its own model. */
export interface EncoderChoice extends ModelSettings {
  /** Neither look embeddings up in the cache nor keep them there. */
  readonly isUncached?: boolean | undefined;
}

/** All that a workspace depends on; a door fills it in. */
export interface WorkspaceSettings extends Surroundings, ModelSettings {
  /** Where relative paths in requests start. */
  readonly cwd: string;
  /** The place of the database with the index, its tags and the label tables. */
  readonly db: string;
  /** How an object store is reached. */
  readonly storageOptions?: StorageOptions | undefined;
  /** Search the table that a migration prepared, in place of the one in use. */
  readonly readsNext?: boolean | undefined;
  /** Where embeddings of images and labels are kept between runs; undefined keeps none. */
  readonly cache: Pick<CacheSettings, 'folder' | 'maxBytes'> | undefined;
  /** How long a lock stays another process's without a sign of life; 20 s by default. Tests shorten it. */
  readonly lockStaleMs?: number | undefined;
}

/** How far a part of a task is. */
export interface TaskProgress {
  readonly task: 'downloading' | 'prompts' | 'images' | 'reading' | 'looking for files' | 'pairs' | 'groups' | 'names' | 'map' | 'pictures';
  readonly done: number;
  /** What an earlier run had done. A rate should count from here. */
  readonly from?: number | undefined;
  /** Undefined if it is not known. */
  readonly total: number | undefined;
}

/** What every task takes beside its request. */
export interface TaskOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TaskProgress) => void) | undefined;
  /** Called with whatever may change an answer but does not stop the task. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Called with progress notes for people. */
  readonly onNote?: ((message: string) => void) | undefined;
}

/** What every task works with: settings, and what is opened once for all of them. */
export interface Workspace extends AsyncDisposable {
  readonly settings: WorkspaceSettings;
  readonly cache: CacheSettings | undefined;
  /** Where pictures come from: folders, and buckets as the settings reach them. */
  sources(): Promise<Sources>;
  /** The database of the settings, opened once. */
  database(): Promise<Database>;
  warn(message: string): void;
  /** Options that load a model as the settings say, or with `other` settings. */
  encoderOptions(other?: EncoderChoice, options?: TaskOptions): LoadEncoderOptions & Surroundings;
  /** A model, loaded once for each of its settings and closed with the workspace. A call that is aborted leaves it loading for the others. */
  encoder(other?: EncoderChoice, options?: TaskOptions): Promise<Encoder>;
  /**
   * Opens every model that is loaded again, from its files as they are now, and then puts the new ones in the place of the old ones. `retire`
   * closes the old ones: call it when nobody uses them any more.
   *
   * @throws whatever opening a model throws; the old ones then stay
   */
  reload(options?: TaskOptions): Promise<{ retire(): Promise<void> }>;
  /** Whether the embedded model, and no other, was loaded so far: by the settings, or because an index was made with it. */
  usesEmbeddedModel(): boolean;
  /** Products of matrices, opened once. */
  product(): Promise<OpenedMatrixProduct>;
  close(): Promise<void>;
}

/** Gives the model that another workspace has open, where opening it again would give the same. Whoever borrows it does not close it. */
export type EncoderLender = (settings: WorkspaceSettings, other: EncoderChoice) => Promise<Encoder | undefined>;

/** Lends the model of a workspace. */
export function lendEncoder(workspace: Workspace): EncoderLender {
  const find: EncoderLender = async (settings, other) => {
    const [own, asked] = await Promise.all([describeChoice(workspace.settings, {}), describeChoice(settings, other)]);
    if (own !== asked) return undefined;
    const [encoder, { isAsOpened }] = await Promise.all([workspace.encoder(), import('../encoders/is-as-opened.js')]);
    return (await isAsOpened(encoder, workspace.encoderOptions())) ? encoder : undefined;
  };
  return (settings, other) => find(settings, other).catch(() => undefined); // whoever asked then opens it, and says what is wrong
}

/** All that decides which model a workspace opens and what it does. Embeddings that are not kept may come from a cache all the same. */
async function describeChoice(settings: WorkspaceSettings, { isUncached: _isUncached, ...other }: EncoderChoice): Promise<string> {
  const { cwd, db: _db, storageOptions: _options, readsNext: _next, lockStaleMs: _, cache, ...model } = settings;
  const { model: name = EMBEDDED_MODEL, device = 'auto', engine = 'auto', ...rest } = { ...model, ...other };
  const { parseReference } = await import('../checkpoints/resolve-checkpoint.js');
  const place = await parseReference(name, cwd); // one relative name leads to two folders from two places
  const facts = Object.entries({ ...rest, name, place, device, engine }).filter(([, value]) => value !== undefined);
  return JSON.stringify([facts.sort(([a], [b]) => (a < b ? -1 : 1)), cache]);
}

/** Opens a workspace. Nothing is read, loaded or made before a task asks for it. `defaults` apply to calls that come without options. */
export function openWorkspace(settings: WorkspaceSettings, defaults: TaskOptions = {}, lender?: EncoderLender): Workspace {
  const encoders = new Map<string, { readonly loading: Promise<Encoder>; readonly other: ModelSettings }>();
  const sources = new Set<Encoder['manifest']['source']>();
  const sameAs = new Map<string, string>();
  let product: Promise<OpenedMatrixProduct> | undefined;
  let database: Promise<Database> | undefined;
  const closing = new AbortController();
  const lifetime = defaults.signal ? AbortSignal.any([defaults.signal, closing.signal]) : closing.signal;
  const warn = (message: string): void => defaults.onWarning?.(message);
  const cache = settings.cache && { ...settings.cache, onWarning: warn };
  const openImageCache = cache && ((info: EncoderIdentity) => openEmbeddingCache(cache, 'images', info));
  const encoderOptions: Workspace['encoderOptions'] = ({ isUncached, ...other } = {}, options = {}) => {
    const { signal, onProgress, onWarning = warn } = { ...defaults, ...options };
    const { db: _db, storageOptions: _options, readsNext: _next, cache: _cache, lockStaleMs: _, ...model } = settings;
    const onDownload: LoadEncoderOptions['onDownload'] = ({ doneBytes, totalBytes }) =>
      onProgress?.({ task: 'downloading', done: doneBytes, total: totalBytes });
    return { ...model, ...other, signal, openImageCache: isUncached ? undefined : openImageCache, onWarning, onDownload };
  };
  const close = async (): Promise<void> => {
    closing.abort(closedError('workspace'));
    const opened = [
      ...[...encoders.values()].map(({ loading }) => loading),
      ...(product ? [product] : []),
      ...(database ? [database] : []),
    ];
    encoders.clear();
    product = undefined;
    database = undefined;
    await Promise.all(opened.map((one) => one.then((resource) => resource.close()).catch(() => {}))); // one that failed to open holds nothing
  };
  const refuseClosed = (): void => {
    if (closing.signal.aborted) throw closedError('workspace');
  };
  const load = async (key: string, other: ModelSettings, options: TaskOptions | undefined) => {
    const { loadEncoder } = await import('../encoders/load-encoder.js');
    refuseClosed();
    const found = encoders.get(key);
    if (found) return found;
    const entry = { loading: loadEncoder(encoderOptions(other, { ...options, signal: lifetime })), other };
    encoders.set(key, entry);
    entry.loading.then(
      (encoder) => sameAs.set(keyOf({ ...settings, ...other, engine: encoder.settings.engine }), key), // an index names the engine that it remembers
      () => encoders.get(key) === entry && encoders.delete(key), // the next call tries again
    );
    return entry;
  };
  return {
    settings,
    cache,
    sources: async () => (await import('../ingest/create-sources.js')).createSources(settings.storageOptions),
    warn,
    encoderOptions,
    async encoder({ isUncached = false, ...other } = {}, options) {
      const asked = keyOf({ ...settings, ...other });
      const key = sameAs.get(asked) ?? asked;
      const lent = encoders.has(key) ? undefined : await orAborted(lender?.(settings, other), options?.signal);
      const encoder = lent ?? (await orAborted((encoders.get(key) ?? (await load(key, other, options))).loading, options?.signal));
      sources.add(encoder.manifest.source);
      return isUncached ? withoutCache(encoder) : encoder;
    },
    async reload(options) {
      const { loadEncoder } = await import('../encoders/load-encoder.js');
      refuseClosed();
      const old = new Map(encoders);
      const opening = [...old].map(async ([key, { other }]) => {
        const encoder = await loadEncoder(encoderOptions(other, { ...options, signal: lifetime }));
        return { key, other, encoder };
      });
      const results = await Promise.allSettled(opening);
      const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed || closing.signal.aborted) {
        await Promise.all(opened.map(({ encoder }) => encoder.close()));
        throw failed ? failed.reason : closedError('workspace');
      }
      for (const { key, other, encoder } of opened) encoders.set(key, { loading: Promise.resolve(encoder), other });
      return {
        async retire() {
          await Promise.all([...old.values()].map(({ loading }) => loading.then((encoder) => encoder.close()).catch(() => {})));
        },
      };
    },
    usesEmbeddedModel: () => sources.size === 1 && sources.has('embedded'),
    async product() {
      const { openMatrixProduct } = await import('../encoders/onnx/open-matrix-product.js');
      refuseClosed();
      const opening = product ?? openMatrixProduct({ threads: settings.threads });
      product = opening;
      opening.catch(() => {
        product = undefined; // the next call tries again
      });
      return opening;
    },
    async database() {
      refuseClosed();
      database ??= import('../store/database.js').then(({ openDatabase }) =>
        openDatabase(settings.db, '`db`', {
          storageOptions: settings.storageOptions,
          localFolder: join(settings.home, 'stores'),
          readsNext: settings.readsNext,
        }),
      );
      return database;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What tells two models of a workspace apart, beside their place and engine. */
const TOLD_APART = [
  ...(['dtype', 'onnx', 'device', 'precision', 'threads', 'batchSize', 'logitScale', 'logitBias'] as const),
  ...(['limits', 'fastDecode', 'decodeProcess'] as const),
] satisfies (keyof ModelSettings)[];

/** One model has one key, however its settings name it: an index keeps the whole path of a folder. */
function keyOf(settings: WorkspaceSettings): string {
  const { cwd, model = EMBEDDED_MODEL, engine = 'auto' } = settings;
  return JSON.stringify([resolve(cwd, model), engine, ...TOLD_APART.map((name) => settings[name])]);
}

const withoutCache = (encoder: Encoder): Encoder => ({
  ...encoder,
  encodeImages: (images, options) => encoder.encodeImages(images, { ...options, isUncached: true }),
});

/** Waits for work that others share, until the caller's own signal says stop. */
async function orAborted<T>(work: T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  throwIfAborted(signal);
  if (!signal) return work;
  const listening = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: listening.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    listening.abort();
  }
}
