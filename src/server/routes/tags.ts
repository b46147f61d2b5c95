import { createRoute, z } from '@hono/zod-openapi';
import { LabelwiseError } from '../../errors.js';
import type { ImageCorrection } from '../../tasks/images/correct-image.js';
import type { App } from '../app.js';
import { RequestProblem } from '../problem.js';
import { wholeIdParam } from '../schemas/images.js';
import { correctedSchema, tagChangeSchema, tagCountsSchema, tagListSchema, tagSetsSchema, undoneSchema } from '../schemas/tags.js';
import type { Service } from '../service.js';
import { decodeCorrection, toCorrection, toTag } from '../to-tag.js';
import { json, jsonBody, problems } from './responses.js';

const corrected = {
  200: json(correctedSchema, 'The tags now, and what was corrected.'),
  ...problems,
};

const patchRoute = createRoute({
  method: 'patch',
  path: '/v1/images/{id}/tags',
  operationId: 'correctTags',
  summary: 'Add tags to an image and remove tags, by hand',
  description: 'A correction outlasts every later run of a model. Each one of the answer can be undone by its id.',
  request: { params: wholeIdParam, body: jsonBody(tagChangeSchema) },
  responses: corrected,
});

const putRoute = createRoute({
  method: 'put',
  path: '/v1/images/{id}/tags',
  operationId: 'setTags',
  summary: 'Set the tags of an image by hand',
  description: 'The same as adding those that it lacks and removing all others.',
  request: { params: wholeIdParam, body: jsonBody(tagListSchema) },
  responses: corrected,
});

const undoRoute = createRoute({
  method: 'delete',
  path: '/v1/images/{id}/corrections/{correction}',
  operationId: 'undoCorrection',
  summary: 'Undo a correction',
  description:
    'What it took the place of counts again: an earlier correction, or the tags of models. 409 where the tag was corrected again since.',
  request: { params: wholeIdParam.extend({ correction: z.string().regex(/^[A-Za-z0-9_-]{1,6000}$/) }) },
  responses: { 200: json(undoneSchema, 'The tags now.'), ...problems },
});

const setsRoute = createRoute({
  method: 'get',
  path: '/v1/tag-sets',
  operationId: 'listTagSets',
  summary: 'The tag sets that models gave',
  responses: { 200: json(tagSetsSchema, 'The tag sets.'), ...problems },
});

const tagsRoute = createRoute({
  method: 'get',
  path: '/v1/tags',
  operationId: 'listTags',
  summary: 'All tags of the library, after corrections',
  responses: {
    200: json(tagCountsSchema, 'The tags with their numbers of images.'),
    ...problems,
  },
});

export function addTags(app: App, service: Service): void {
  const { workspace } = service;

  const correct = async (id: string, request: Omit<ImageCorrection, 'contentHash'>, signal: AbortSignal) => {
    const { findImage, readTags } = await import('../../tasks/images/find-image.js');
    const { correctImage } = await import('../../tasks/images/correct-image.js');
    const { content_hash: contentHash } = await findImage(workspace, id);
    const made = await service.queue.run(() => correctImage(workspace, { ...request, contentHash }), signal);
    const { tags } = await readTags(workspace, contentHash);
    return { id: contentHash, tags: tags.map(toTag), corrections: made.map(toCorrection) };
  };

  app.openapi(patchRoute, async (c) => {
    const { add = [], remove = [] } = c.req.valid('json');
    if (add.length + remove.length === 0) throw new RequestProblem(400, 'REQUEST_INVALID', 'Expected tags in `add` or `remove`, got none.');
    return c.json(await correct(c.req.valid('param').id, { add, remove }, c.req.raw.signal), 200);
  });

  app.openapi(putRoute, async (c) => c.json(await correct(c.req.valid('param').id, c.req.valid('json'), c.req.raw.signal), 200));

  app.openapi(undoRoute, async (c) => {
    const { id, correction } = c.req.valid('param');
    const made = decodeCorrection(correction);
    const { readTags } = await import('../../tasks/images/find-image.js');
    const { undoCorrection } = await import('../../tasks/images/correct-image.js');
    if (!(await service.queue.run(() => undoCorrection(workspace, { ...made, contentHash: id }), c.req.raw.signal)))
      throw new RequestProblem(
        409,
        'CORRECTION_SUPERSEDED',
        `The tag "${made.tag}" of this image was corrected again, or the correction was undone already.`,
        {
          hint: 'GET /v1/images/{id} has the corrections that count.',
        },
      );
    return c.json({ id, tag: made.tag, tags: (await readTags(workspace, id)).tags.map(toTag) }, 200);
  });

  app.openapi(setsRoute, async (c) => {
    const { listTagSets } = await import('../../tasks/tags/correct-tags.js');
    const sets = await listTagSets(workspace).catch(noneWithoutIndex);
    const tagSets = sets.map(({ name, labels, tags, images, minProbability, encoder, createdAt }) => {
      return { name, labels, tags, images, minProbability, model: encoder.name, createdAt };
    });
    return c.json({ tagSets }, 200);
  });

  app.openapi(tagsRoute, async (c) => {
    const { countTags } = await import('../../tasks/images/find-image.js');
    const tags = await service.queue.run(() => countTags(workspace).catch(noneWithoutIndex), c.req.raw.signal);
    return c.json({ tags }, 200);
  });
}

/** A library that holds nothing yet has no tags. */
function noneWithoutIndex(error: unknown): never[] {
  if (error instanceof LabelwiseError && error.code === 'INDEX_NOT_FOUND') return [];
  throw error;
}
