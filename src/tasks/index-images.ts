import { formatCount } from '../core/format-count.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { LabelwiseError } from '../errors.js';
import { isObjectAddress } from '../files/object-address.js';
import type { HeldLock } from '../files/with-lock.js';
import type { FailedFile, HandedOut, IndexSummary } from '../ingest/index-folders.js';
import type { WalkedFile } from '../ingest/walked-file.js';
import type { IndexFile, ModelReference } from '../store/current-images.js';
import { chooseReference, lockOptions, openIndexEncoder, readIndexFacts, referenceOf } from './open-index.js';
import type { TaskOptions, Workspace } from './workspace.js';

/** Which folders are brought up to date, and how. */
export interface IndexRequest {
  /** Absolute paths. The default is all folders that were indexed before. */
  readonly folders?: readonly string[] | undefined;
  /** Names to leave out, written as in .gitignore. They are remembered for later runs. The default is those of earlier runs. */
  readonly exclude?: readonly string[] | undefined;
  /** Remove the images of a folder that is now empty. */
  readonly allowEmpty?: boolean | undefined;
  /**
   * Also embed the four corners of each image, so that search and tags find what is small in a photo, for five times the work and space. The
   * index remembers it; images that lack their crops are read again.
   */
  readonly crops?: boolean | undefined;
}

/** What whoever hands the changed files out to others is told of the run. */
export interface PlannedRun {
  readonly encoder: Encoder;
  readonly model: ModelReference;
  readonly lock: HeldLock;
}

export interface IndexOptions extends TaskOptions {
  /** Lets others read, embed and write the changed files. */
  readonly handOut?: ((changed: readonly WalkedFile[], run: PlannedRun) => Promise<HandedOut>) | undefined;
}

/**
 * Reads folders of images into the index: new and changed files are embedded, those that left are removed. A folder that is missing keeps
 * its rows and is named in the summary; the others are brought up to date.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`, `INPUT_NOT_FOUND` when no folder is there, `INDEX_MISMATCH`, `INDEX_LOCKED`, `LOCK_LOST`, `DISK_FULL`, `ABORTED`
 */
export async function indexImages(workspace: Workspace, request: IndexRequest = {}, options: IndexOptions = {}): Promise<IndexSummary> {
  const folders = await chooseFolders(workspace, request);
  const summary = await update(workspace, { ...request, folders }, options);
  if (areAllMissing(folders, summary)) throw nothingThere(summary.missing);
  const { refreshRounded } = await import('../store/rounded/open-rounded.js');
  await refreshRounded(await workspace.database());
  return summary;
}

export interface WatchOptions extends TaskOptions {
  /** Called after the first pass, and after every pass that changed something or met a bad file. */
  readonly onSummary?: ((summary: IndexSummary, isFirst: boolean) => Promise<void>) | undefined;
}

/** Brings folders up to date and follows them until the signal says stop. A folder that is missing is picked up again when it returns. */
export async function watchImages(workspace: Workspace, request: IndexRequest, options: WatchOptions): Promise<void> {
  const folders = await chooseFolders(workspace, request);
  const remote = folders.find(isObjectAddress);
  if (remote !== undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected folders to watch, got ${remote}: a bucket does not say when it changes.`, {
      hint: 'Run "labelwise index" from time to time instead.',
    });
  const known = (await readIndexFacts(workspace)).roots;
  const first = await update(workspace, { ...request, folders }, options);
  const mayReturn = folders.some((folder) => known.includes(folder));
  if (areAllMissing(folders, first) && !mayReturn) throw nothingThere(first.missing);
  await options.onSummary?.(first, true);
  options.onNote?.(`watching ${folders.length === 1 ? folders[0] : `${folders.length} folders`}; Ctrl-C ends it`);
  const noteMissing = createMissingNotes(first.missing, options);
  const { watchFolders } = await import('../ingest/watch-folders.js');
  await watchFolders(folders, {
    signal: options.signal as AbortSignal,
    async onChange() {
      try {
        const summary = await update(workspace, { ...request, folders }, options);
        noteMissing(summary.missing);
        const { encoded, known: copies, removed, failed } = summary;
        if (encoded + copies + removed + failed.length > 0) await options.onSummary?.({ ...summary, missing: [] }, false);
      } catch (error) {
        const isPassing = error instanceof LabelwiseError && (error.code === 'INPUT_NOT_FOUND' || error.code === 'INDEX_LOCKED');
        if (!isPassing) throw error;
        (options.onWarning ?? workspace.warn)(error.message);
      }
    },
  });
}

async function chooseFolders(workspace: Workspace, { folders }: IndexRequest): Promise<readonly string[]> {
  const chosen = folders !== undefined && folders.length > 0 ? folders : (await readIndexFacts(workspace)).roots;
  if (chosen.length > 0) return chosen;
  throw new LabelwiseError('INVALID_ARGUMENT', 'Expected folders to index, got none.', { hint: 'For example: labelwise index ~/Pictures' });
}

/** One pass over the folders, under the lock of the index. */
async function update(
  workspace: Workspace,
  { folders, ...request }: IndexRequest & { readonly folders: readonly string[] },
  options: IndexOptions,
): Promise<IndexSummary> {
  const { indexFolders } = await import('../ingest/index-folders.js');
  const { openImageIndex, rememberRun, withIndexLock } = await import('../store/image-index.js');
  const { handOut } = options;
  const database = await workspace.database();
  const file: IndexFile = await readIndexFacts(workspace);
  const encoder = await openIndexEncoder(workspace, file, options);
  const reference = referenceOf(encoder, chooseReference(workspace, file));
  const exclude = (request.exclude ?? file.exclude).filter((pattern) => pattern !== '');
  const onProgress = (done: number, total: number | undefined): void => options.onProgress?.({ task: 'images', done, total });
  const work = async (lock: HeldLock): Promise<IndexSummary> => {
    const index = await openImageIndex(database, { lock, withCrops: request.crops });
    try {
      return await indexFolders(folders, index, {
        encoder,
        allowEmpty: request.allowEmpty === true,
        exclude,
        maxImageBytes: encoder.limits.maxImageBytes,
        sources: await workspace.sources(),
        signal: lock.signal,
        onWalk: (found) => onProgress(found, undefined),
        onProgress,
        handOut: handOut && ((changed) => handOut(changed, { encoder, model: reference, lock })),
        onBegin: (present, volumes) =>
          rememberRun(database, { roots: present, volumes, exclude, isNew: index.facts === undefined, lock, ...reference }),
      });
    } finally {
      index.close();
    }
  };
  try {
    return await withIndexLock(database, work, { ...lockOptions(workspace, options), isNew: true, waitMs: 0 });
  } catch (error) {
    if (error instanceof LabelwiseError && error.code === 'ABORTED')
      options.onNote?.('What was read is in the index; the same command resumes from there.');
    throw error;
  }
}

/** A volume in a folder may be missing too, and the folder be there. */
const areAllMissing = (folders: readonly string[], { missing }: IndexSummary): boolean =>
  folders.every((folder) => missing.some(({ path }) => path === folder));

/** @throws LabelwiseError `BATCH_INCOMPLETE` if a folder is missing or a file could not be used */
export function assertComplete({ failed, found, missing }: IndexSummary): void {
  const parts = [
    ...(missing.length > 0
      ? [
          `${formatCount(missing.length, 'folder')} ${missing.length === 1 ? 'is' : 'are'} missing (${missing.map(({ path }) => path).join(', ')})`,
        ]
      : []),
    ...(failed.length > 0 ? [`${failed.length} of ${found} files and folders could not be used`] : []),
  ];
  if (parts.length === 0) return;
  throw new LabelwiseError('BATCH_INCOMPLETE', `${parts.join(', and ')}; the others were processed.`, {
    hint:
      missing[0]?.error.hint ??
      'The next run tries them again if they have changed, or if a disk or network failed. To list them: labelwise index status --failed',
  });
}

/** Says once that a folder is missing, and once that it has returned. */
function createMissingNotes(first: IndexSummary['missing'], { onNote }: TaskOptions): (now: IndexSummary['missing']) => void {
  let absent = new Set(first.map(({ path }) => path));
  return (now) => {
    for (const { path, error } of now)
      if (!absent.has(path)) onNote?.(`${error.message} The watch continues, and reads it when it returns.`);
    for (const path of absent) if (!now.some((folder) => folder.path === path)) onNote?.(`${path} is there again.`);
    absent = new Set(now.map(({ path }) => path));
  };
}

/** One folder that is missing is its own error. */
function nothingThere([first, ...others]: readonly FailedFile[]): LabelwiseError {
  const { code, message, hint } = (first as FailedFile).error as ReturnType<LabelwiseError['toJSON']>;
  const text = others.length === 0 ? message : `None of the ${others.length + 1} folders can be indexed. ${message}`;
  return new LabelwiseError(code, text, hint === undefined ? {} : { hint });
}
