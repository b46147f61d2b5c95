import { randomUUID } from 'node:crypto';
import { OpenAPIHono } from '@hono/zod-openapi';
import { VERSION } from '../files/package-root.js';
import { addAccess } from './add-access.js';
import type { App, AppEnv } from './app.js';
import { securityHeaders } from './headers.js';
import { observeRequest, reportFailure } from './observe-requests.js';
import { RequestProblem, sendProblem, toProblem } from './problem.js';
import { readBodies } from './read-bodies.js';
import { referencePage } from './reference-page.js';
import { addClassify } from './routes/classify.js';
import { addCompatible } from './routes/compatible/add-compatible.js';
import { addEmbeddings } from './routes/embeddings.js';
import { addExamples } from './routes/examples.js';
import { addImages } from './routes/images.js';
import { addJobs } from './routes/jobs.js';
import { addLabelSets } from './routes/label-sets.js';
import { addLibrary } from './routes/library.js';
import { addOperation } from './routes/operation.js';
import { addPage } from './routes/page.js';
import { addRank } from './routes/rank.js';
import { addTags } from './routes/tags.js';
import type { Service } from './service.js';
import { traceRequest } from './tracing.js';

/** What proxies log for a client that went away; nobody gets it. */
const CLIENT_GONE = 499;

const ROUTES = [
  ...[addClassify, addRank, addEmbeddings, addLibrary, addImages, addTags, addLabelSets, addExamples, addJobs],
  ...[addCompatible, addOperation, addPage],
];

/** The HTTP service: routes, checks and answers. Its logic is in the tasks. */
export function createApp(service: Service): App {
  const app: App = new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw result.error;
    },
  });
  app.use(async (c, next) => {
    const began = performance.now();
    const requestId = randomUUID();
    c.set('requestId', requestId);
    c.header('X-Request-Id', requestId);
    const leave = service.enter();
    await traceRequest(c, next).finally(leave);
    observeRequest(c, service, began);
  });
  app.use(securityHeaders);
  addAccess(app, service);
  app.use(readBodies(service));
  app.onError((error, c) => {
    if (c.req.raw.signal.aborted) return c.body(null, CLIENT_GONE as 400);
    const problem = toProblem(error, c.get('requestId'));
    c.set('code', problem.body.code);
    if (problem.status === 500) reportFailure(service, c.get('requestId'), error);
    return sendProblem(c, problem);
  });
  for (const add of ROUTES) add(app, service);
  const document = {
    openapi: '3.1.0',
    info: { title: 'labelwise', version: VERSION, description: 'Zero-shot image classification and image search.' },
  };
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' });
  app.get('/openapi.json', (c) => c.json(app.getOpenAPI31Document(document)));
  app.get('/docs', (c) => c.html(referencePage(app.getOpenAPI31Document(document))));
  const paths = new Set(app.routes.filter(({ method }) => method !== 'ALL').map(({ path }) => path));
  app.notFound((c) => {
    const isKnown = [...paths].some((path) => new RegExp(`^${path.replace(/:[^/]+(\{[^}]*\})?/g, '[^/]+')}$`).test(c.req.path));
    const problem = isKnown
      ? new RequestProblem(405, 'METHOD_NOT_ALLOWED', `${c.req.method} is not possible here.`)
      : new RequestProblem(404, 'ROUTE_NOT_FOUND', 'There is nothing at this address.', { hint: 'See /docs for what there is.' });
    return sendProblem(c, toProblem(problem, c.get('requestId')));
  });
  return app;
}
