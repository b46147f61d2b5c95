import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { openWorkspace } from 'labelwise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../dist/server/create-app.js';
import { createService } from '../../dist/server/service.js';
import { openWorkspace as openTaskWorkspace } from '../../dist/tasks/workspace.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

const db = join(temporaryFolder(), 'db');
const photo = readFileSync(join(ROOT, 'demo/photos/rocket.jpg')).toString('base64');
const workspace = openTaskWorkspace({
  db,
  cache: undefined,
  cwd: ROOT,
  home: temporaryFolder(),
  hub: { endpoint: '', offline: true },
} as never);
const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  await using library = openWorkspace({ db });
  await library.index({ folders: [join(ROOT, 'demo/photos')] });
});

afterAll(async () => {
  trace.disable();
  context.disable();
  propagation.disable();
  await workspace.close();
});

const send = (app: ReturnType<typeof createApp>, path: string, body: object, headers: Record<string, string> = {}) =>
  Promise.resolve(
    app.request(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }),
  );
const toClassify = { images: [photo], labels: ['cat', 'rocket'] };

test('readiness says no until the model is open, and life says yes all along', async () => {
  const service = createService(workspace);
  const app = createApp(service);
  const ready = await app.request('/readyz');
  expect([ready.status, ready.headers.get('retry-after')]).toEqual([503, '5']);
  expect((await app.request('/healthz')).status).toBe(200);
  await service.warm();
  expect(await (await app.request('/readyz')).json()).toEqual({ status: 'ready', model: 'pocket' });
  await service.close();
});

test('figures tell how long images are decoded, prepared, encoded and searched, and how long requests wait', async () => {
  const service = createService(workspace);
  const app = createApp(service);
  expect(
    (await Promise.all(Array.from({ length: 66 }, () => send(app, '/v1/classify', toClassify)))).every(({ status }) => status === 200),
  ).toBe(true);
  expect((await send(app, '/v1/search', { query: 'a rocket' })).status).toBe(200);
  expect((await send(app, '/v1/classify', { labels: ['zanzibar', 'rocket'], images: ['!'] })).status).toBe(400);
  const figures = await (await app.request('/metrics')).text();
  const count = (stage: string): number =>
    Number(new RegExp(`^labelwise_stage_seconds_count\\{stage="${stage}"\\} (\\d+)$`, 'm').exec(figures)?.[1]);
  for (const stage of ['decode', 'preprocess', 'image']) expect(count(stage), stage).toBe(66);
  expect(count('queue')).toBe(2); // 64 run at once
  expect(count('search')).toBe(1);
  expect(count('encode')).toBeLessThan(66); // batches, not images
  const images = Number(/^labelwise_batch_images_sum (\d+)$/m.exec(figures)?.[1]);
  expect(images).toBe(66);
  expect(figures).toMatch(/^labelwise_request_seconds_count\{method="POST",route="\/v1\/classify",status="200"\} 66$/m);
  expect(figures).toMatch(/^process_resident_memory_bytes /m);
  expect(figures).not.toContain('zanzibar');
  await service.close();
});

test("a request is a trace: its decoding, encoding and search below it, and it below its sender's", async () => {
  const { W3CTraceContextPropagator } = await import('@opentelemetry/core');
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const service = createService(workspace);
  const app = createApp(service);
  exporter.reset();
  const sender = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
  await send(app, '/v1/classify', toClassify, { traceparent: sender });
  await send(app, '/v1/search', { query: 'zanzibar' });
  await app.request('/v1/images/abcdef');
  const spans = exporter.getFinishedSpans();
  const named = (name: string): ReadableSpan => spans.find((span) => span.name === name) as ReadableSpan;
  const request = named('POST /v1/classify');
  expect(request.parentSpanContext?.spanId).toBe('cd'.repeat(8));
  expect(request.attributes).toMatchObject({
    'http.request.method': 'POST',
    'http.route': '/v1/classify',
    'http.response.status_code': 200,
  });
  for (const name of ['embed_labels', 'image', 'decode', 'preprocess', 'encode']) {
    expect(named(name).spanContext().traceId, name).toBe('ab'.repeat(16));
  }
  for (const name of ['decode', 'encode']) expect(named(name).parentSpanContext?.spanId).toBe(named('image').spanContext().spanId);
  expect(named('search').parentSpanContext?.spanId).toBe(named('POST /v1/search').spanContext().spanId);
  expect(named('GET /v1/images/:id').attributes).toMatchObject({ 'http.response.status_code': 404 });
  expect(JSON.stringify(spans.map(({ name, attributes, events }) => ({ name, attributes, events })))).not.toMatch(/zanzibar|abcdef/);
  await service.close();
});
