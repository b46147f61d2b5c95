import { LabelwiseError } from '../errors.js';
import type { Run } from './context.js';

/** Why an image that was named has no embedding in the index: it is not there, or could not be used. */
export async function notIndexed({ config }: Run, paths: readonly string[], name: string): Promise<LabelwiseError> {
  const { openImageIndex } = await import('../store/image-index.js');
  const index = await openImageIndex(config.db);
  const rows = await index.files().finally(() => index.close());
  const failed = rows.find((row) => paths.includes(row.path) && row.error_code !== null);
  if (failed === undefined)
    return new LabelwiseError('INPUT_NOT_FOUND', `${name} is not in the index.`, {
      hint: 'Index its folder first: labelwise index FOLDER. A file that is not indexed can be searched with by --image.',
    });
  return new LabelwiseError(
    'INPUT_NOT_FOUND',
    `${name} is in the index as a file that could not be used: ${failed.error_code}: ${failed.error_message}`,
    { hint: 'When the file is mended, run "labelwise index" again.' },
  );
}
