import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '../app.js';
import { streamEvents } from '../index-jobs/event-stream.js';
import { indexFolders } from '../index-jobs/index-folders.js';
import { RequestProblem } from '../problem.js';
import { jobParam, jobSchema, jobsSchema, startJobSchema } from '../schemas/jobs.js';
import type { Service } from '../service.js';
import { json, jsonBody, problems } from './responses.js';

const one = json(jobSchema, 'The job.');

const startRoute = createRoute({
  method: 'post',
  path: '/v1/jobs',
  operationId: 'startJob',
  summary: 'Bring folders of the library up to date',
  description:
    'One job runs at a time, and the others wait. The folders are those that the service was started with, or those of the index.',
  request: { body: jsonBody(startJobSchema) },
  responses: { 202: one, ...problems },
});

const listRoute = createRoute({
  method: 'get',
  path: '/v1/jobs',
  operationId: 'listJobs',
  summary: 'The jobs since the service was started',
  responses: { 200: json(jobsSchema, 'The jobs.'), ...problems },
});

const getRoute = createRoute({
  method: 'get',
  path: '/v1/jobs/{id}',
  operationId: 'getJob',
  summary: 'One job with its progress',
  request: { params: jobParam },
  responses: { 200: one, ...problems },
});

const cancelRoute = createRoute({
  method: 'delete',
  path: '/v1/jobs/{id}',
  operationId: 'cancelJob',
  summary: 'Cancel a job',
  description: 'What it has read stays in the index, and the next run goes on from there. A job that has ended stays as it is.',
  request: { params: jobParam },
  responses: { 200: one, ...problems },
});

const eventsRoute = createRoute({
  method: 'get',
  path: '/v1/jobs/{id}/events',
  operationId: 'followJob',
  summary: 'The progress of a job as it happens',
  description:
    'Server-sent events named `job`; the data of each is the whole job as JSON. The stream ends with the job. With `Last-Event-ID` it goes on after that event.',
  request: { params: jobParam, headers: z.object({ 'last-event-id': z.string().max(20).optional() }) },
  responses: { 200: { description: 'The events.', content: { 'text/event-stream': { schema: z.string() } } }, ...problems },
});

/** Streams of events that are open at once: each holds a connection. */
const MOST_STREAMS = 64;

export function addJobs(app: App, service: Service): void {
  const { jobs } = service;
  let streams = 0;

  app.openapi(startRoute, async (c) => c.json(await indexFolders(service, c.req.valid('json')), 202));
  app.openapi(listRoute, (c) => c.json({ jobs: jobs.list() }, 200));
  app.openapi(getRoute, (c) => c.json(jobs.get(c.req.valid('param').id).job, 200));
  app.openapi(cancelRoute, (c) => c.json(jobs.cancel(c.req.valid('param').id), 200));
  app.openapi(eventsRoute, (c) => {
    const log = jobs.get(c.req.valid('param').id);
    const headers = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' };
    if (c.req.method === 'HEAD') return c.body(null, 200, headers) as never; // nobody would read or end the stream
    if (streams >= MOST_STREAMS)
      throw new RequestProblem(503, 'QUEUE_FULL', 'As many clients follow jobs as the service takes.', { headers: { 'Retry-After': '5' } });
    streams++;
    const last = Number(c.req.header('last-event-id') ?? Number.NaN);
    const stream = streamEvents(log, {
      after: Number.isSafeInteger(last) && last >= 0 ? last : undefined,
      heartbeatMs: service.settings.heartbeatMs ?? 15_000,
      signal: service.ending,
      onEnd: () => streams--,
    });
    return c.body(stream, 200, headers) as never;
  });
}
