import { basename } from 'node:path';
import { createRoute, z } from '@hono/zod-openapi';
import { toJpeg } from '../../pages/picture-url.js';
import type { SearchResult } from '../../tasks/search/search-images.js';
import type { App } from '../app.js';
import { RequestProblem } from '../problem.js';
import { imageSchema, searchRequestSchema, searchResultSchema } from '../schemas.js';
import type { Service } from '../service.js';
import { problems } from './classify.js';

const searchRoute = createRoute({
  method: 'post',
  path: '/v1/search',
  summary: 'Find images of the library',
  description: 'By words, by tags, by images that are like others, by facts, or by all of them.',
  request: { body: { required: true, content: { 'application/json': { schema: searchRequestSchema } } } },
  responses: {
    200: { description: 'The images, nearest first.', content: { 'application/json': { schema: searchResultSchema } } },
    ...problems,
  },
});

const idParam = z.object({
  id: z
    .string()
    .regex(/^[0-9a-f]{6,64}$/)
    .openapi({ description: 'A content hash, or its beginning.' }),
});

const imageRoute = createRoute({
  method: 'get',
  path: '/v1/images/{id}',
  summary: 'The facts of one image',
  request: { params: idParam },
  responses: { 200: { description: 'The image.', content: { 'application/json': { schema: imageSchema } } }, ...problems },
});

const thumbnailRoute = createRoute({
  method: 'get',
  path: '/v1/images/{id}/thumbnail',
  summary: 'A small JPEG of one image',
  request: { params: idParam, query: z.object({ side: z.coerce.number().int().min(16).max(1024).optional() }) },
  responses: { 200: { description: 'The picture.', content: { 'image/jpeg': { schema: z.any() } } }, ...problems },
});

const labelTablesRoute = createRoute({
  method: 'get',
  path: '/v1/label-tables',
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

export function addLibrary(app: App, service: Service): void {
  const { workspace } = service;

  app.openapi(searchRoute, async (c) => {
    const { topK = 10, offset = 0, ...request } = c.req.valid('json');
    const { signal } = c.req.raw;
    const notes: string[] = [];
    const onNote = (note: string): number => notes.push(note);
    const { searchImages } = await import('../../tasks/search/search-images.js');
    const found = await service.queue.run(
      () =>
        service.metrics.timed('search', () =>
          searchImages(workspace, { ...request, topK: topK + 1, offset }, { signal, onNote, onWarning: onNote }),
        ),
      signal,
    );
    const images = found.images.slice(0, topK).map(toImage);
    const nextOffset = found.images.length > topK ? offset + topK : null;
    return c.json({ images, isNothingRelevant: found.isNothingRelevant, nextOffset, notes }, 200);
  });

  const find = async (id: string) => {
    const { openImageSearcher } = await import('../../store/search-images.js');
    const searcher = await openImageSearcher(await workspace.database(), { onWarning: workspace.warn });
    const row = await searcher.find(id).finally(() => searcher.close());
    if (!row?.content_hash) throw new RequestProblem(404, 'IMAGE_NOT_FOUND', `There is no image ${id} in the library.`);
    return row;
  };

  app.openapi(imageRoute, async (c) => {
    const { content_hash: id, path, width, height, format, taken_at: takenAt, camera } = await find(c.req.valid('param').id);
    return c.json({ id: id as string, name: basename(path), width, height, format, takenAt, camera }, 200);
  });

  app.openapi(thumbnailRoute, async (c) => {
    const { path } = await find(c.req.valid('param').id);
    const { limits } = await service.encoder();
    const { side = 320 } = c.req.valid('query');
    const jpeg = await service.queue.run(() => toJpeg(path, limits, { side }), c.req.raw.signal);
    c.header('Cache-Control', 'private, max-age=86400'); // an id names bytes, which never change
    return c.body(new Uint8Array(jpeg), 200, { 'Content-Type': 'image/jpeg' });
  });

  app.openapi(labelTablesRoute, async (c) => {
    const { openLabelTables } = await import('../../tasks/label-tables.js');
    const tables = await (await openLabelTables(workspace)).list();
    return c.json({ labelTables: tables.map(({ name, labels, encoder }) => ({ name, labels, model: encoder.name })) }, 200);
  });
}

function toImage({ contentHash, path, rank, similarity, tagProbability, width, height, format, takenAt, camera }: SearchResult) {
  return { id: contentHash, name: basename(path), rank, similarity, tagProbability, width, height, format, takenAt, camera };
}
