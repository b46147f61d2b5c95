import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../dist/server/create-app.js';
import { createService } from '../../dist/server/service.js';
import { type RunningServer, startServer } from '../../dist/server/start-server.js';
import { openTestWorkspace, photo } from '../fixtures/service.js';

const MOST = 100_000;
const workspace = openTestWorkspace();
let server: RunningServer;
beforeAll(async () => {
  server = await startServer(workspace, { port: 0, maxBodyBytes: MOST });
});
afterAll(async () => {
  await server.close();
  await workspace.close();
});

const post = (body: BodyInit, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.address}/v1/classify`, { method: 'POST', body, headers, duplex: 'half' } as RequestInit);

const form = (): FormData => {
  const fields = new FormData();
  fields.append('image', new File([photo('rocket.jpg')], 'rocket.jpg'));
  fields.append('labels', 'cat, rocket');
  return fields;
};

/** A body in chunks, without a length. */
const chunked = (bytes: Uint8Array, size = 10_000): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.subarray(at, at + size));
      controller.close();
    },
  });

const codeOf = async (response: Response): Promise<unknown> => [response.status, ((await response.json()) as { code?: string }).code];

describe('a body over a socket', () => {
  test('is read with its length and in chunks, as a form and as JSON', async () => {
    const json = JSON.stringify({ images: [Buffer.from(photo('rocket.jpg')).toString('base64')], labels: ['cat', 'rocket'] });
    const packed = new Response(form());
    const type = packed.headers.get('content-type') as string;
    const answers = [
      await post(form()),
      await post(json, { 'content-type': 'application/json' }),
      await post(chunked(Buffer.from(json)), { 'content-type': 'application/json' }),
      await post(chunked(new Uint8Array(await packed.arrayBuffer())), { 'content-type': type }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const bodies = await Promise.all(answers.map(async (one) => (await one.json()) as { results: { predictions: object[] }[] }));
    const predictions = bodies.map(({ results }) => results[0]?.predictions);
    expect(predictions[0]).toMatchObject([{ label: 'rocket' }, { label: 'cat' }]);
    expect(predictions).toEqual(Array(4).fill(predictions[0]));
  });

  test('is refused beyond the limit, by its length or as it comes', async () => {
    const headers = { 'content-type': 'application/json' };
    expect(await codeOf(await post('x'.repeat(MOST + 1), headers))).toEqual([413, 'BODY_TOO_LARGE']);
    expect(await codeOf(await post(chunked(Buffer.alloc(MOST + 1)), headers))).toEqual([413, 'BODY_TOO_LARGE']);
    expect(await codeOf(await post('x'.repeat(MOST), headers))).toEqual([400, 'REQUEST_INVALID']); // up to it is read
    expect(await codeOf(await post(chunked(Buffer.alloc(MOST)), headers))).toEqual([400, 'REQUEST_INVALID']);
  });

  test('that breaks off frees what it held', async () => {
    for (let i = 0; i < 60; i++) (await hold(MOST - 1)).destroy(); // almost twice as much as all bodies may hold
    await expect.poll(async () => (await post(form())).status, { timeout: 30_000 }).toBe(200);
  });
});

/** Sends a head, and that much of a longer body. */
async function hold(bytes: number): Promise<Socket> {
  const { hostname, port } = new URL(server.address);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {}); // a reset
  await once(socket, 'connect');
  const head = `POST /v1/classify HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: ${MOST}\r\n\r\n`;
  await new Promise<void>((sent) => socket.write(head + ' '.repeat(bytes), () => sent()));
  return socket;
}

test('bodies that fill the memory for them are answered with 503, and others when they are gone', async () => {
  const sockets = await Promise.all(Array.from({ length: 40 }, () => hold(MOST - 1))); // 32 fit
  const answers = sockets.map(async (socket) => {
    const [data] = await once(socket, 'data').catch(() => ['']);
    return String(data);
  });
  expect(await Promise.race(answers)).toMatch(/^HTTP\/1\.1 503 [\s\S]*QUEUE_FULL/);
  expect((await fetch(`${server.address}/healthz`)).status).toBe(200);
  for (const socket of sockets) socket.destroy();
  await expect.poll(async () => (await post(form())).status, { timeout: 30_000 }).toBe(200);
});

test('where the line is full, a client is turned away before it sends its body, and let in where there is room after all', async () => {
  const service = createService(workspace, { maxWaiting: 1 });
  const http = serve({ fetch: createApp(service).fetch, hostname: '127.0.0.1', port: 0 });
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  let release = (): void => {};
  const held = new Promise<void>((go) => {
    release = go;
  });
  const { signal } = new AbortController();
  const work = Array.from({ length: 65 }, () => service.queue.run(() => held, signal)); // 64 run and one waits
  const socket = connect(port, '127.0.0.1');
  socket.write('POST /v1/classify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n');
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 1\r\n[\s\S]*QUEUE_FULL/i);
  socket.destroy();
  const late = fetch(`http://127.0.0.1:${port}/v1/classify`, { method: 'POST', body: form() });
  expect((await fetch(`http://127.0.0.1:${port}/v1/models`)).status).toBe(200); // who sends no body is answered at once
  release();
  expect((await late).status).toBe(200);
  await Promise.all(work);
  http.close();
  await service.close();
});
