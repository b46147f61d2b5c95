import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { createClient, type Job, ServiceError } from 'labelwise/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newKey } from '../../dist/server/keys.js';
import { type RunningServer, startServer } from '../../dist/server/start-server.js';
import { useService } from '../../examples/use-service.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { openTestWorkspace, photo } from '../fixtures/service.js';

const folder = join(temporaryFolder(), 'photos');
const workspace = openTestWorkspace();
let server: RunningServer;
beforeAll(async () => {
  cpSync(join(ROOT, 'demo/photos'), folder, { recursive: true });
  server = await startServer(workspace, { port: 0, folders: new Map([['photos', folder]]) });
});
afterAll(async () => {
  await server.close();
  await workspace.close();
});

const rocket = (): File => new File([photo('rocket.jpg')], 'rocket.jpg');

test('the example of the guide does what it says', async () => {
  expect(await useService(server.address, rocket())).toEqual(['found true', 'tags space', 'deleted 1']);
});

test('files are sent as a form, and anything else as JSON', async () => {
  const client = createClient({ baseUrl: `${server.address}/` });
  const form = await client.classify({ image: [rocket()], labels: ['cat', 'rocket'], topK: 1 });
  const json = await client.classify({ images: [Buffer.from(photo('rocket.jpg')).toString('base64')], labels: ['cat', 'rocket'], topK: 1 });
  expect(form.results[0]).toMatchObject({ image: 'rocket.jpg', predictions: [{ label: 'rocket' }] });
  expect(json.results[0]).toMatchObject({
    predictions: form.results[0] && 'predictions' in form.results[0] ? form.results[0].predictions : [],
  });
});

test('a job is followed to its end, also when the connection breaks', async () => {
  const opened: (string | null)[] = [];
  const breaking: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (!String(input).endsWith('/events')) return response;
    opened.push(new Headers(init?.headers).get('last-event-id'));
    if (opened.length > 1) return response;
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    while (!text.includes('event: job')) text += new TextDecoder().decode((await reader.read()).value);
    await reader.cancel();
    const first = text.slice(0, text.indexOf('\n\n', text.indexOf('event: job')) + 2);
    return new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(first));
        },
        pull: (controller) => controller.error(new TypeError('terminated')),
      }),
    );
  };
  const client = createClient({ baseUrl: server.address, fetch: breaking });
  const { id } = await client.startJob({ kind: 'index' });
  const seen: Job[] = [];
  for await (const job of client.followJob({ id })) seen.push(job);
  expect(seen.at(-1)).toMatchObject({ id, state: 'done', summary: { found: 6 } });
  expect(opened).toEqual([null, expect.stringMatching(/^\d+$/)]);
  expect(seen.length).toBeGreaterThan(1);
  expect(await client.getJob({ id })).toEqual(seen.at(-1));
});

test('lists, thumbnails and what has no answer', async () => {
  const client = createClient({ baseUrl: server.address });
  const { images } = await client.listImages({ sort: 'name', topK: 2, withoutTag: ['a', 'b'] });
  expect(images.map(({ name }) => name)).toEqual(['cat.jpg', 'coffee.jpg']);
  expect((await client.getThumbnail({ id: images[0]?.id as string, side: 32 })).type).toBe('image/jpeg');
  await client.storeLabelSet({ name: 'drinks', labels: ['coffee', 'tea'] });
  expect(await client.deleteLabelSet({ name: 'drinks' })).toBeUndefined();
});

test('a refusal is an error with its code, its hint and the id of the request', async () => {
  const { key, kept } = newKey('page', 'read');
  await using locked = await startServer(workspace, { port: 0, keys: [kept] });
  const code = (options: { key?: string }, name: string) =>
    createClient({ baseUrl: locked.address, ...options })
      .deleteLabelSet({ name })
      .then(
        () => 'none',
        (error: unknown) => error as ServiceError,
      );
  const refused = await code({ key }, 'x');
  expect(refused).toBeInstanceOf(ServiceError);
  expect(refused).toMatchObject({ status: 403, code: 'KEY_READ_ONLY', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(await code({}, 'x')).toMatchObject({ status: 401, code: 'KEY_MISSING', hint: expect.any(String) });
});

test('it bundles for browsers without anything of Node', async () => {
  const { outputFiles } = await build({
    stdin: { contents: "export { createClient } from './dist/client/index.js'", resolveDir: ROOT },
    bundle: true,
    minify: true,
    write: false,
    platform: 'browser', // a built-in module of Node fails the build
    format: 'esm',
    logLevel: 'silent',
  });
  expect(outputFiles[0]?.contents.length).toBeLessThan(10_000);
});
