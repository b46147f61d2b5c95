import { resolve } from 'node:path';
import { LabelwiseError } from '../../errors.js';
import type { HeldLock } from '../../files/with-lock.js';
import type { FailedFile, IndexSummary } from '../../ingest/index-folders.js';
import type { ModelReference } from '../../store/current-images.js';
import { type Run, startRun } from '../context.js';
import type { CliIo } from '../io.js';
import { chooseReference, openIndexEncoder } from '../open-index-encoder.js';
import { addFormats, excludeOption, modelCommand } from '../options.js';
import { createRowWriter, formatOf } from '../render/rows.js';
import { sayLeftOut } from '../render/say-left-out.js';
import { showPath } from '../render/show-path.js';
import { indexMaintenanceCommands } from './index-maintenance.js';
import { indexMigrateCommand } from './index-migrate.js';

/** `labelwise index`: reads folders of images once, and keeps what it read up to date. */
export function indexCommand(io: CliIo) {
  const command = addFormats(modelCommand('index'))
    .description('read folders of images into the index that search, tag and duplicates use')
    .argument('[folders...]', 'folders to bring up to date (default: all that were indexed before)')
    .option('--watch', 'stay, and follow changes in the folders until Ctrl-C')
    .addOption(excludeOption('; kept for later runs'))
    .option('--allow-empty', 'remove the images of a folder that holds none any more')
    .option('--forget', 'let the images of these folders go, and the folders too')
    .addHelpText('after', EXAMPLES)
    .action(async (folders, flags) => {
      const run = startRun(flags, io);
      const format = formatOf(flags);
      const { readIndexFile } = await import('../../store/current-images.js');
      const file = await readIndexFile(run.config.db);
      if (folders.includes('')) {
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected the name of a folder, got an empty one: a variable that is not set?');
      }
      const roots = folders.length > 0 ? folders.map((folder) => resolve(io.cwd, folder)) : file.roots;
      if (roots.length === 0) {
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected folders to index, got none.', {
          hint: 'For example: labelwise index ~/Pictures',
        });
      }
      if (flags.forget) {
        await forget(run, { folders: folders.length > 0 ? roots : [], known: file.roots });
        return;
      }
      const encoder = await openIndexEncoder(run, file);
      try {
        const update = () =>
          updateIndex(run, {
            ...{ roots, encoder, reference: chooseReference(run, file), allowEmpty: flags.allowEmpty === true },
            exclude: (run.config.exclude ?? file.exclude).filter((pattern) => pattern !== ''),
          });
        const summary = await update();
        const mayReturn = flags.watch === true && roots.some((root) => file.roots.includes(root));
        if (summary.missing.length === roots.length && !mayReturn) throw nothingThere(summary.missing);
        await print(run, summary, format);
        sayLeftOut(summary.leftOut, run);
        if (flags.watch) await watch(run, { roots, update, missing: summary.missing });
        else reportIncomplete(summary, roots.length);
      } finally {
        await encoder.close();
      }
    });
  command.enablePositionalOptions();
  for (const child of [...indexMaintenanceCommands(io), indexMigrateCommand(io)]) command.addCommand(child as never);
  return command;
}

interface Update {
  readonly roots: readonly string[];
  readonly encoder: Awaited<ReturnType<typeof openIndexEncoder>>;
  readonly reference: ModelReference;
  readonly allowEmpty: boolean;
  readonly exclude: readonly string[];
  readonly waitMs?: number;
}

/** Removes the rows of folders, whether they are still there or not. */
async function forget(run: Run, { folders, known }: { folders: readonly string[]; known: readonly string[] }): Promise<void> {
  if (folders.length === 0) {
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected the folders to forget, got none.', {
      hint: known.length === 0 ? 'No folder is in the index.' : `In the index are: ${known.join(', ')}.`,
    });
  }
  const { openImageIndex, withIndexLock } = await import('../../store/image-index.js');
  const { forgetFolders } = await import('../../ingest/forget-folders.js');
  const { isWithin } = await import('../../files/byte-path.js');
  const work = async (lock: HeldLock) => {
    const index = await openImageIndex(run.config.db, { lock });
    return forgetFolders(folders, index, lock).finally(() => index.close());
  };
  const { removed, kept, unknown } = await withIndexLock(run.config.db, work, run.lock);
  const forgotten = folders.filter((folder) => !unknown.includes(folder));
  if (forgotten.length > 0) run.say(`${removed} files of ${forgotten.join(', ')} are out of the index`);
  if (kept > 0) run.warn(`${kept} files stay in the index: other folders of it hold them too.`);
  for (const folder of forgotten) {
    const root = known.find((other) => !folders.includes(other) && isWithin(folder, other));
    if (root && (kept > 0 || !known.includes(folder)))
      run.warn(
        `${folder} lies in ${root}, which stays in the index: to leave it out, name it in ${root}/.labelwiseignore and index again.`,
      );
  }
  if (unknown.length > 0)
    throw new LabelwiseError('INPUT_NOT_FOUND', `The index holds nothing of ${unknown.join(', ')}.`, {
      hint: known.length === 0 ? 'No folder is in the index.' : `Its folders are: ${known.join(', ')}.`,
    });
}

/** One pass over the folders, under the lock of the index. */
async function updateIndex(run: Run, { roots, encoder, reference, allowEmpty, exclude, waitMs = 0 }: Update): Promise<IndexSummary> {
  const { indexFolders } = await import('../../ingest/index-folders.js');
  const { openImageIndex, rememberRun, withIndexLock } = await import('../../store/image-index.js');
  const { config } = run;
  const progress = run.progress('images');
  const work = async (lock: HeldLock): Promise<IndexSummary> => {
    const index = await openImageIndex(config.db, { lock });
    try {
      return await indexFolders(roots, index, {
        encoder,
        allowEmpty,
        exclude,
        maxImageBytes: encoder.limits.maxImageBytes,
        signal: lock.signal,
        onWalk: (found) => progress.update(found, undefined),
        onProgress: progress.update,
        onBegin: (present) => rememberRun(config.db, { roots: present, exclude, isNew: index.facts === undefined, lock, ...reference }),
      });
    } finally {
      index.close();
    }
  };
  try {
    return await withIndexLock(config.db, work, { ...run.lock, isNew: true, waitMs });
  } catch (error) {
    if (error instanceof LabelwiseError && error.code === 'ABORTED')
      run.say('What was read is in the index; the same command goes on from there.');
    throw error;
  } finally {
    progress.clear();
  }
}

async function print(run: Run, summary: IndexSummary, format: ReturnType<typeof formatOf>): Promise<void> {
  const writer = createRowWriter<IndexSummary>(run.io, format, {
    csvHeader: ['found', 'unchanged', 'encoded', 'known', 'removed', 'failed', 'still_failed', 'missing', 'left_out'],
    csv: (row) => [
      [
        row.found,
        row.unchanged,
        row.encoded,
        row.known,
        row.removed,
        row.failed.length,
        row.stillFailed,
        row.missing.length,
        row.leftOut.reduce((sum, { count }) => sum + count, 0),
      ],
    ],
    human: ({ failed, missing, ...row }) => [
      ...[...missing, ...failed].map(({ path, error }) => `${showPath(path)}: ${error.code}: ${error.message}`),
      `${row.found} files: ${row.encoded} encoded, ${row.known} known by their content, ${row.unchanged} unchanged, ${row.removed} removed, ${failed.length} could not be used` +
        (row.stillFailed > 0 ? ` (and ${row.stillFailed} as before: labelwise index status --failed)` : '') +
        (missing.length > 0 ? `, ${missing.length} ${missing.length === 1 ? 'folder' : 'folders'} missing` : ''),
    ],
  });
  await writer.write(summary);
  await writer.end();
}

/** One folder that is missing is its own error. */
function nothingThere([first, ...others]: readonly FailedFile[]): LabelwiseError {
  const { code, message, hint } = (first as FailedFile).error as ReturnType<LabelwiseError['toJSON']>;
  const text = others.length === 0 ? message : `None of the ${others.length + 1} folders can be indexed. ${message}`;
  return new LabelwiseError(code, text, hint === undefined ? {} : { hint });
}

function reportIncomplete({ failed, found, missing }: IndexSummary, roots: number): void {
  const parts = [
    ...(missing.length > 0
      ? [
          `${missing.length} of ${roots} folders ${missing.length === 1 ? 'is' : 'are'} missing (${missing.map(({ path }) => path).join(', ')})`,
        ]
      : []),
    ...(failed.length > 0 ? [`${failed.length} of ${found} files and folders could not be used`] : []),
  ];
  if (parts.length === 0) return;
  throw new LabelwiseError('BATCH_INCOMPLETE', `${parts.join(', and ')}; the rest was done.`, {
    hint:
      missing[0]?.error.hint ??
      'They are tried again when they change, or by the next run where a disk or network failed. "labelwise index status --failed" names those that are kept as bad.',
  });
}

interface Watch {
  readonly roots: readonly string[];
  readonly update: () => Promise<IndexSummary>;
  /** Folders that are known to be missing. */
  readonly missing: IndexSummary['missing'];
}

async function watch(run: Run, { roots, update, missing }: Watch): Promise<void> {
  const { watchFolders } = await import('../../ingest/watch-folders.js');
  run.say(`watching ${roots.length === 1 ? roots[0] : `${roots.length} folders`}; Ctrl-C ends it`);
  let absent = new Set(missing.map(({ path }) => path));
  const sayMissing = (now: IndexSummary['missing']): void => {
    for (const { path, error } of now) if (!absent.has(path)) run.say(`${error.message} The watch goes on, and reads it when it returns.`);
    for (const path of absent) if (!now.some((folder) => folder.path === path)) run.say(`${path} is there again.`);
    absent = new Set(now.map(({ path }) => path));
  };
  await watchFolders(roots, {
    signal: run.io.signal,
    async onChange() {
      try {
        const summary = await update();
        sayMissing(summary.missing);
        const { encoded, known, removed, failed } = summary;
        if (encoded + known + removed + failed.length > 0) await print(run, { ...summary, missing: [] }, 'human');
      } catch (error) {
        const isPassing = error instanceof LabelwiseError && (error.code === 'INPUT_NOT_FOUND' || error.code === 'INDEX_LOCKED');
        if (!isPassing) throw error;
        run.warn(error.message);
      }
    },
  });
}

const EXAMPLES = `
Examples:
  labelwise index ~/Pictures
  labelwise index ~/Pictures --watch
  labelwise index status --failed
  labelwise search "a dog on the beach"`;
