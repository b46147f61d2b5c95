import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '../app.js';
import { RequestProblem } from '../problem.js';
import type { Service } from '../service.js';
import { problems } from './classify.js';

const modelsRoute = createRoute({
  method: 'get',
  path: '/v1/models',
  operationId: 'listModels',
  summary: 'The model that answers',
  responses: {
    200: {
      description: 'In the form of OpenAI: a list of one.',
      content: {
        'application/json': {
          schema: z.object({
            object: z.literal('list'),
            data: z.array(
              z.object({ id: z.string(), object: z.literal('model'), owned_by: z.string(), fingerprint: z.string(), scoring: z.string() }),
            ),
          }),
        },
      },
    },
    ...problems,
  },
});

const reloadRoute = createRoute({
  method: 'post',
  path: '/v1/models/reload',
  operationId: 'reloadModel',
  summary: 'Open the model again',
  description:
    'Opens the files of the model as they are now, and answers when the new one is in use. Requests in flight end on the old one. On failure the old one stays.',
  responses: {
    200: {
      description: 'The model that answers from now on.',
      content: { 'application/json': { schema: z.object({ model: z.string(), fingerprint: z.string() }).openapi('ReloadedModel') } },
    },
    ...problems,
  },
});

/** What those who run the service ask: does it live, can it answer, what does it count. */
export function addOperation(app: App, service: Service): void {
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  for (const path of ['/health', '/v1/health']) app.get(path, (c) => c.json({ unix: Date.now() / 1000 })); // infinity's
  app.get('/readyz', async (c) => {
    if (!service.isWarm) throw new RequestProblem(503, 'NOT_READY', 'The model is not loaded yet.', { headers: { 'Retry-After': '5' } });
    return c.json({ status: 'ready', model: (await service.encoder()).info.name });
  });
  app.get('/metrics', async (c) =>
    c.body(await service.metrics.registry.metrics(), 200, { 'Content-Type': service.metrics.registry.contentType }),
  );
  app.openapi(reloadRoute, async (c) => {
    const { name: model, fingerprint } = (await service.reload()).info;
    return c.json({ model, fingerprint }, 200);
  });
  app.openapi(modelsRoute, async (c) => {
    const { name, fingerprint, scoring } = (await service.encoder()).info;
    return c.json(
      { object: 'list' as const, data: [{ id: name, object: 'model' as const, owned_by: 'labelwise', fingerprint, scoring }] },
      200,
    );
  });
}
