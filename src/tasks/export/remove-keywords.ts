import { readdir, stat } from 'node:fs/promises';
import { LabelwiseError, throwIfAborted } from '../../errors.js';
import { isWithin, toPathText } from '../../files/byte-path.js';
import { walkTree } from '../../files/walk-tree.js';
import { holdsOurKeywords, type WriteOutcome, writeSidecar } from '../../xmp/write-sidecar.js';
import { readIndexFacts } from '../open-index.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import type { TagChoice } from './choose-tags.js';
import { describeOutcomes, type SidecarChoice } from './sidecar-sink.js';

/**
 * Takes back what exports wrote into the sidecars of the indexed folders, or of `in`: the keywords that the sidecars themselves note as
 * labelwise's. So those of images that were deleted since, or of another database, are found too.
 *
 * @throws LabelwiseError `BATCH_INCOMPLETE` for sidecars that could not be written and folders that could not be read
 */
export async function removeKeywords(
  workspace: Workspace,
  { in: folder, dryRun: isDryRun = false, onSidecar }: Pick<TagChoice, 'in'> & SidecarChoice,
  { signal, onNote, onWarning = workspace.warn }: TaskOptions,
): Promise<void> {
  const roots = folder === undefined ? await indexedFolders(workspace) : [folder];
  const emptied = await findEmptied(workspace, roots);
  const counts: Record<WriteOutcome, number> = { written: 0, unchanged: 0, deleted: 0 };
  let failed = 0;
  const report = (error: unknown): void => {
    if (!(error instanceof LabelwiseError) || error.code === 'DISK_FULL') throw error;
    failed++;
    onWarning(error.message);
  };
  for (const path of emptied)
    report(new LabelwiseError('INPUT_UNREADABLE', `${path} is empty now, and the index has images in it: its volume may not be mounted.`));
  for (const root of roots) {
    for await (const path of sidecarsIn(root, { signal, onClosed: report })) {
      throwIfAborted(signal);
      try {
        if (!(await holdsOurKeywords(path))) continue;
        const outcome = await writeSidecar(path, [], { isDryRun });
        counts[outcome]++;
        if (isDryRun && outcome !== 'unchanged') await onSidecar?.(path, []);
      } catch (error) {
        report(error);
      }
    }
  }
  onNote?.(`sidecars: ${describeOutcomes(counts, isDryRun)}`);
  if (failed > 0)
    throw new LabelwiseError('BATCH_INCOMPLETE', `${failed} sidecars or folders could not be read or written; the rest was done.`);
}

/** The folders of the index, without those that lie in another. @throws LabelwiseError `INDEX_NOT_FOUND` */
async function indexedFolders(workspace: Workspace): Promise<string[]> {
  const { roots } = await readIndexFacts(workspace);
  if (roots.length === 0) throw (await import('../../store/database.js')).noIndex(await workspace.database());
  return roots.filter((root) => !roots.some((other) => other !== root && isWithin(root, other)));
}

/** Folders of the index, and what was mounted in them, with no file at all where images were. */
async function findEmptied(workspace: Workspace, roots: readonly string[]): Promise<string[]> {
  const { volumes } = await readIndexFacts(workspace);
  const { hasImagesIn } = await import('../../store/maintain-images.js');
  const empty: string[] = [];
  for (const path of [...roots, ...volumes.filter((volume) => roots.some((root) => volume !== root && isWithin(volume, root)))]) {
    const names = await readdir(path).catch(() => undefined);
    const isGone = names === undefined ? !roots.includes(path) : names.length === 0; // a root that is gone is named when it is read
    if (isGone && (await hasImagesIn(await workspace.database(), path))) empty.push(path);
  }
  return empty;
}

/** All sidecars in a folder: what ignore files and `exclude` leave out today, an export may have written yesterday. */
async function* sidecarsIn(
  root: string,
  { signal, onClosed }: { signal: AbortSignal | undefined; onClosed: (error: LabelwiseError) => void },
): AsyncGenerator<string> {
  const isFolder = await stat(root).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  const closed = (path: string): void =>
    onClosed(new LabelwiseError('INPUT_UNREADABLE', `The folder ${path} cannot be read: its sidecars stay as they are.`));
  if (!isFolder) closed(root);
  else
    for await (const entry of walkTree(root, { signal, hasIgnoreFiles: false })) {
      if (entry.is === 'closed') closed(toPathText(entry.path));
      else if (entry.is !== 'left out' && /\.xmp$/i.test(entry.path.toString('latin1'))) yield toPathText(entry.path);
    }
}
