import { formatCount } from '../core/format-count.js';
import { LabelwiseError } from '../errors.js';
import { isWithin } from '../files/byte-path.js';
import type { HeldLock } from '../files/with-lock.js';
import type { ForgetReport } from '../ingest/forget-folders.js';
import { lockOptions, readIndexFacts } from './open-index.js';
import type { TaskOptions, Workspace } from './workspace.js';

/**
 * Removes the rows of folders, whether the folders are still there or not. Rows that another folder of the index sees too stay.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`, `INPUT_NOT_FOUND` for folders of which the index holds nothing, after the others are done
 */
export async function forgetIndexed(workspace: Workspace, folders: readonly string[], options: TaskOptions = {}): Promise<ForgetReport> {
  const { roots: known } = await readIndexFacts(workspace);
  if (folders.length === 0) {
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected the folders to forget, got none.', {
      hint: known.length === 0 ? 'No folder is in the index.' : `In the index are: ${known.join(', ')}.`,
    });
  }
  const { openImageIndex, withIndexLock } = await import('../store/image-index.js');
  const { forgetFolders } = await import('../ingest/forget-folders.js');
  const database = await workspace.database();
  const work = async (lock: HeldLock): Promise<ForgetReport> => {
    const index = await openImageIndex(database, { lock });
    return forgetFolders(folders, index, { lock, sources: await workspace.sources() }).finally(() => index.close());
  };
  const report = await withIndexLock(database, work, lockOptions(workspace, options));
  const forgotten = folders.filter((folder) => !report.unknown.includes(folder));
  if (forgotten.length > 0) options.onNote?.(`removed ${formatCount(report.removed, 'file')} of ${forgotten.join(', ')} from the index`);
  const warn = options.onWarning ?? workspace.warn;
  if (report.kept > 0) warn(`kept ${formatCount(report.kept, 'file')} in the index, because other folders of it contain them too.`);
  for (const folder of forgotten) {
    const root = known.find((other) => !folders.includes(other) && isWithin(folder, other));
    if (root && (report.kept > 0 || !known.includes(folder)))
      warn(`${folder} is in ${root}, which stays in the index: to leave it out, name it in ${root}/.labelwiseignore and index again.`);
  }
  if (report.unknown.length > 0)
    throw new LabelwiseError('INPUT_NOT_FOUND', `The index holds nothing of ${report.unknown.join(', ')}.`, {
      hint: known.length === 0 ? 'No folder is in the index.' : `Its folders are: ${known.join(', ')}.`,
    });
  return report;
}
