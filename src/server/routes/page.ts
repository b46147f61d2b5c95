import type { App } from '../app.js';
import { type PageFile, readPageFiles } from '../page-files.js';
import { RequestProblem } from '../problem.js';

/** Whether an address belongs to the page, which anyone may load: it holds nothing of the library. */
export const isOfPage = (path: string): boolean => path === '/' || path === '/LICENSES.txt' || path.startsWith('/assets/');

/** The page for people. */
export function addPage(app: App): void {
  let files: Promise<ReadonlyMap<string, PageFile>> | undefined;
  for (const path of ['/', '/LICENSES.txt', '/assets/:name'])
    app.get(path, async (c) => {
      files ??= readPageFiles();
      const file = (await files).get(c.req.path);
      if (!file) throw new RequestProblem(404, 'ROUTE_NOT_FOUND', 'There is nothing at this address.');
      c.header('Content-Type', file.type);
      c.header('ETag', file.etag);
      c.header('Cache-Control', file.isFixed ? 'public, max-age=31536000, immutable' : 'no-cache');
      c.header('Vary', 'Accept-Encoding');
      if (c.req.header('if-none-match') === file.etag) return c.body(null, 304);
      const isGzipped = file.gzipped !== undefined && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
      if (isGzipped) c.header('Content-Encoding', 'gzip');
      return c.body(isGzipped ? (file.gzipped as Uint8Array<ArrayBuffer>) : file.bytes);
    });
}
