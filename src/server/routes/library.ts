import { createRoute, z } from '@hono/zod-openapi';
import { folderPath } from '../../tasks/images/library-folders.js';
import type { App } from '../app.js';
import { decodeSearchCursor, encodeSearchCursor } from '../cursor.js';
import { mutable } from '../mutable.js';
import { RequestProblem } from '../problem.js';
import { toImageBytes } from '../read-images.js';
import { searchRequestSchema, searchResultSchema } from '../schemas/images.js';
import type { Service } from '../service.js';
import { hidePaths, toImage } from '../to-image.js';
import { json, jsonBody, problems } from './responses.js';

const searchRoute = createRoute({
  method: 'post',
  path: '/v1/search',
  operationId: 'search',
  summary: 'Find images of the library',
  description:
    'By words, by tags, by images that are like others, by facts, or by all of them. Every image is compared. With `cursor`, an image that stays in the library is on exactly one page, whatever is added or deleted between two pages.',
  request: { body: jsonBody(searchRequestSchema) },
  responses: {
    200: json(searchResultSchema, 'The images, nearest first.'),
    ...problems,
  },
});

const labelTablesRoute = createRoute({
  method: 'get',
  path: '/v1/label-tables',
  operationId: 'listLabelTables',
  summary: 'The label tables of the database',
  responses: {
    200: {
      description: 'Each with its model and the number of its labels.',
      content: {
        'application/json': {
          schema: z.object({ labelTables: z.array(z.object({ name: z.string(), labels: z.int(), model: z.string() })) }),
        },
      },
    },
    ...problems,
  },
});

/** What a cursor keeps of a search; images that were sent are in its direction already. */
const keptSchema = searchRequestSchema.omit({ images: true, cursor: true, topK: true, offset: true });

type Search = z.infer<typeof searchRequestSchema>;

/** The search that a request asks for: its own, or the one that its cursor goes on with. */
function readSearch({ cursor, topK = 10, offset = 0, images, ...kept }: Search) {
  if (cursor === undefined) return { topK, offset, images: images ?? [], kept, from: undefined };
  const beside = Object.entries({ ...kept, images, offset: offset || undefined }).find(([, value]) => value !== undefined)?.[0];
  if (beside !== undefined)
    throw new RequestProblem(400, 'REQUEST_INVALID', `Expected \`cursor\` without \`${beside}\`: the cursor holds the search.`);
  const { request, from } = decodeSearchCursor(cursor, keptSchema);
  return { topK, offset: 0, images: [], kept: request, from };
}

export function addLibrary(app: App, service: Service): void {
  const { workspace } = service;

  app.openapi(searchRoute, async (c) => {
    const { topK, offset, images, kept, from } = readSearch(c.req.valid('json'));
    const { signal } = c.req.raw;
    const folders = await service.folders();
    const notes: string[] = [];
    const onNote = (note: string): void => void notes.push(hidePaths(note, folders));
    const { folder, similarTo, ...rest } = kept;
    const { pageSearch } = await import('../../tasks/search/page-search.js');
    const request = {
      ...rest,
      in: folder === undefined ? undefined : folderPath(folders, folder),
      like: similarTo,
      images: images.map((text, i) => ({ image: toImageBytes(text, `image ${i + 1}`).bytes })),
      topK: offset + topK,
      from,
    };
    const page = await service.queue.run(
      () => service.metrics.timed('search', () => pageSearch(workspace, request, { signal, onNote, onWarning: onNote })),
      signal,
    );
    const nextOffset = page.next && from === undefined ? offset + topK : null;
    const nextCursor = page.next ? encodeSearchCursor(kept, page.next) : null;
    const found = page.images.slice(offset).map((image) => toImage(image, folders));
    return c.json(mutable({ images: found, isNothingRelevant: page.isNothingRelevant, nextCursor, nextOffset, notes }), 200);
  });

  app.openapi(labelTablesRoute, async (c) => {
    const { openLabelTables } = await import('../../tasks/label-tables.js');
    const tables = await (await openLabelTables(workspace)).list();
    return c.json({ labelTables: tables.map(({ name, labels, encoder }) => ({ name, labels, model: encoder.name })) }, 200);
  });
}
