import { createRoute } from '@hono/zod-openapi';
import type { App } from '../app.js';
import { mutable } from '../mutable.js';
import {
  labelSetParam,
  labelSetSchema,
  labelSetsSchema,
  storeLabelSetSchema,
  templateSetsSchema,
  versionQuery,
} from '../schemas/label-sets.js';
import type { Service } from '../service.js';
import { json, jsonBody, problems } from './responses.js';

const one = { 200: json(labelSetSchema, 'The label set.'), ...problems };

const listRoute = createRoute({
  method: 'get',
  path: '/v1/label-sets',
  operationId: 'listLabelSets',
  summary: 'The label sets: stored ones, and those that ship',
  responses: { 200: json(labelSetsSchema, 'The label sets.'), ...problems },
});

const getRoute = createRoute({
  method: 'get',
  path: '/v1/label-sets/{name}',
  operationId: 'getLabelSet',
  summary: 'One label set with its labels and versions',
  request: { params: labelSetParam, query: versionQuery },
  responses: one,
});

const putRoute = createRoute({
  method: 'put',
  path: '/v1/label-sets/{name}',
  operationId: 'storeLabelSet',
  summary: 'Store a label set, as a new version where there is one',
  request: { params: labelSetParam, body: jsonBody(storeLabelSetSchema) },
  responses: one,
});

const deleteRoute = createRoute({
  method: 'delete',
  path: '/v1/label-sets/{name}',
  operationId: 'deleteLabelSet',
  summary: 'Delete a stored label set with all its versions',
  request: { params: labelSetParam },
  responses: { 204: { description: 'It is gone. Its examples stay until they are forgotten.' }, ...problems },
});

const templatesRoute = createRoute({
  method: 'get',
  path: '/v1/template-sets',
  operationId: 'listTemplateSets',
  summary: 'The template sets that ship with labelwise',
  responses: { 200: json(templateSetsSchema, 'The template sets.'), ...problems },
});

export function addLabelSets(app: App, service: Service): void {
  const { workspace } = service;
  const tasks = () => import('../../tasks/label-sets/label-sets.js');

  app.openapi(listRoute, async (c) => {
    const { listLabelSets } = await tasks();
    return c.json(mutable({ labelSets: await listLabelSets(workspace) }), 200);
  });

  app.openapi(getRoute, async (c) => {
    const { showLabelSet } = await tasks();
    return c.json(mutable(await showLabelSet(workspace, c.req.valid('param').name, c.req.valid('query').version)), 200);
  });

  app.openapi(putRoute, async (c) => {
    const { storeLabelSet } = await tasks();
    const request = { name: c.req.valid('param').name, ...c.req.valid('json') };
    return c.json(mutable(await service.queue.run(() => storeLabelSet(workspace, request), c.req.raw.signal)), 200);
  });

  app.openapi(deleteRoute, async (c) => {
    const { deleteLabelSet } = await tasks();
    await deleteLabelSet(workspace, c.req.valid('param').name);
    return c.body(null, 204);
  });

  app.openapi(templatesRoute, async (c) => {
    const { listTemplateSets } = await tasks();
    return c.json(mutable({ templateSets: await listTemplateSets() }), 200);
  });
}
