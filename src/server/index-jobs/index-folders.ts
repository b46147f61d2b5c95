import type { z } from '@hono/zod-openapi';
import { ERROR_CATALOGUE, type ErrorCode } from '../../errors.js';
import type { FailedFile } from '../../ingest/index-folders.js';
import { folderOf, type NamedFolder } from '../../tasks/images/library-folders.js';
import { RequestProblem } from '../problem.js';
import type { startJobSchema } from '../schemas/jobs.js';
import type { Service } from '../service.js';
import { hidePaths } from '../to-image.js';
import type { Job } from './job.js';

/** Starts a job that brings folders of the library up to date. @throws RequestProblem 400 for a folder that the service may not index */
export async function indexFolders(service: Service, { folders: wanted, allowEmpty, crops }: z.infer<typeof startJobSchema>): Promise<Job> {
  const all = await service.folders();
  const { folders: named } = service.settings;
  const allowed = all.filter(({ name }) => named === undefined || named.has(name));
  const unknown = wanted?.find((name) => !allowed.some((folder) => folder.name === name));
  const hint = `It may index: ${allowed.map(({ name }) => name).join(', ') || 'none; start it with `folder`'}.`;
  if (unknown !== undefined) throw new RequestProblem(400, 'FOLDER_UNKNOWN', `The service may not index a folder "${unknown}".`, { hint });
  const chosen = wanted === undefined ? allowed : allowed.filter(({ name }) => wanted.includes(name));
  if (chosen.length === 0) throw new RequestProblem(400, 'FOLDER_UNKNOWN', 'The service has no folder to index.', { hint });
  const names = chosen.map(({ name }) => name);
  return service.jobs.start(names, async ({ signal, onProgress, onWarning }) => {
    const leave = service.enter();
    try {
      const { indexImages } = await import('../../tasks/index-images.js');
      const {
        failed,
        missing,
        leftOut: _,
        folders: __,
        ...counts
      } = await indexImages(
        service.workspace,
        { folders: chosen.map(({ path }) => path), allowEmpty, crops },
        {
          signal,
          onWarning: (message) => onWarning(hidePaths(message, all)),
          onProgress: ({ task, done, total = null }) => {
            if (task === 'images') onProgress({ done, total });
          },
        },
      );
      const toFailed = toFailedIn(all);
      const summary = { ...counts, failedFiles: failed.length, failed: failed.slice(0, 100).map(toFailed), missing: missing.map(toFailed) };
      return summary;
    } finally {
      leave();
    }
  });
}

/** What the system says of a file names its path; the meaning of its code does not. */
const toFailedIn =
  (folders: readonly NamedFolder[]) =>
  ({ path, error }: FailedFile) => {
    const own = folders.find((folder) => folder.path === path)?.name;
    const inside = folderOf(folders, path);
    const name = own ?? [...(inside === null ? [] : [inside]), path.slice(path.search(/[^/\\]*$/))].join('/');
    const meaning = ERROR_CATALOGUE[error.code as ErrorCode]?.meaning ?? 'The file could not be used.';
    return { name, error: { code: error.code, message: meaning } };
  };
