import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '../app.js';
import { RequestProblem } from '../problem.js';
import type { Service } from '../service.js';
import { problems } from './responses.js';

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

const reloadSchema = z
  .object({ model: z.string().max(1000).optional().openapi({ description: 'The model that is expected, as `GET /v1/models` names it.' }) })
  .strict()
  .openapi('ReloadRequest');

const reloadRoute = createRoute({
  method: 'post',
  path: '/v1/models/reload',
  operationId: 'reloadModel',
  summary: 'Open the model again',
  description:
    'Opens the files of the model as they are now, and answers when the new one is in use. Requests in flight end on the old one. On failure the old one stays. Another model needs another start of the service: no request chooses what is read from its disk.',
  request: { body: { content: { 'application/json': { schema: reloadSchema } } } },
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
  app.openAPIRegistry.registerPath(reloadRoute); // not app.openapi, which would overlook a body of another type
  app.post(reloadRoute.path, async (c) => {
    const { model: wanted } = reloadSchema.parse(c.var.body.length === 0 ? {} : await c.req.json());
    const { name: own } = (await service.encoder()).info;
    if (wanted !== undefined && wanted !== own)
      throw new RequestProblem(422, 'MODEL_OTHER', `Expected the model ${own}, which this service runs, got ${wanted.slice(0, 200)}.`, {
        hint: 'Start the service again with that `model`.',
      });
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
