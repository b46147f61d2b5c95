import { createHash } from 'node:crypto';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { type ServeProcess, startServe, stopServe } from '../fixtures/serve.js';
import { photo } from '../fixtures/service.js';
import { mountSmallDisk } from '../fixtures/small-disk.js';

const CAT = photo('cat.jpg');
/** An image of its own content: bytes after its end are not decoded. */
const imageOf = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat([CAT, Buffer.from(name)]));
const idOf = (name: string): string => createHash('sha256').update(imageOf(name)).digest('hex');

async function upload({ address }: ServeProcess, name: string): Promise<number> {
  const form = new FormData();
  form.append('image', new File([imageOf(name)], `${name}.jpg`));
  const response = await fetch(`${address}/v1/images`, { method: 'POST', body: form });
  const { results } = (await response.json()) as { results?: { id?: string }[] };
  return response.status === 200 && results?.[0]?.id === idOf(name) ? 200 : response.status;
}

async function correct({ address }: ServeProcess, id: string, tag: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${address}/v1/images/${id}/tags`, { method: 'PATCH', headers, body: JSON.stringify({ add: [tag] }) });
  await response.text();
  return response.status;
}

const classify = ({ address }: ServeProcess): Promise<Response> => {
  const form = new FormData();
  form.append('image', new File([CAT], 'cat.jpg'));
  form.append('labels', 'cat, dog');
  return fetch(`${address}/v1/classify`, { method: 'POST', body: form });
};

/** What a client was told is done. */
interface Acknowledged {
  readonly images: string[];
  readonly tags: { id: string; tag: string }[];
}

/** Sends images and corrections of tags from several clients until the service is gone. */
async function writeUntilGone(server: ServeProcess, prefix: string, done: Acknowledged): Promise<void> {
  const client = async (number: number): Promise<void> => {
    for (let i = 0; ; i++) {
      const name = `${prefix}-${number}-${i}`;
      if ((await upload(server, name)) !== 200) continue;
      done.images.push(name);
      const tag = `tag ${name}`;
      if ((await correct(server, idOf(name), tag)) === 200) done.tags.push({ id: idOf(name), tag });
    }
  };
  await Promise.all([1, 2, 3].map((number) => client(number).catch(() => {})));
}

/** Everything that was acknowledged is there, and the index is sound. */
async function expectKept(db: string, { images, tags }: Acknowledged): Promise<void> {
  const server = await startServe(['--db', db]);
  for (const name of images) {
    expect((await fetch(`${server.address}/v1/images/${idOf(name)}`)).status, name).toBe(200);
    expect(existsSync(join(db, 'uploads', idOf(name).slice(0, 2), `${idOf(name)}.jpeg`)), name).toBe(true);
  }
  for (const { id, tag } of tags) {
    const { tags: found } = (await (await fetch(`${server.address}/v1/images/${id}`)).json()) as { tags: { tag: string }[] };
    expect(found.map((one) => one.tag)).toContain(tag);
  }
  expect(await stopServe(server)).toBe(0);
  expect((await cli(['index', 'verify', '--db', db])).code).toBe(0);
}

test('kill -9 while images and corrections are written loses nothing that was acknowledged', async () => {
  const db = temporaryFolder();
  const done: Acknowledged = { images: [], tags: [] };
  for (const [i, afterImages] of [1, 3, 6, 10].entries()) {
    const server = await startServe(['--db', db]);
    const before = done.images.length;
    const writing = writeUntilGone(server, `run${i}`, done);
    await expect.poll(() => done.images.length - before, { timeout: 60_000, interval: 3 }).toBeGreaterThanOrEqual(afterImages);
    server.child.kill('SIGKILL');
    expect(await server.ended).toBe(null);
    await writing;
  }
  expect(done.images.length).toBeGreaterThanOrEqual(20);
  expect(done.tags.length).toBeGreaterThanOrEqual(5);
  await expectKept(db, done);
});

test('SIGTERM under load: what is in flight is answered, and nothing acknowledged is lost', async () => {
  const db = temporaryFolder();
  const server = await startServe(['--db', db]);
  expect(await upload(server, 'first')).toBe(200);
  const explain = async (): Promise<number> => {
    const form = new FormData();
    form.append('image', new File([CAT], 'cat.jpg'));
    for (const [name, value] of Object.entries({ labels: 'cat, dog', explain: 'true', heatMap: 'true' })) form.append(name, value);
    const response = await fetch(`${server.address}/v1/classify`, { method: 'POST', body: form });
    await response.json();
    return response.status;
  };
  const done: Acknowledged = { images: ['first'], tags: [] };
  const load = Array.from({ length: 24 }, (_, i) =>
    i % 4 === 0 ? upload(server, `load-${i}`).then((status) => [status, i] as const) : explain().then((status) => [status, i] as const),
  );
  const running = async (): Promise<number> => {
    const text = await (await fetch(`${server.address}/metrics`)).text();
    return Number(/^labelwise_queue_running (\d+)/m.exec(text)?.[1]) + Number(/^labelwise_queue_waiting (\d+)/m.exec(text)?.[1]);
  };
  await expect.poll(running, { timeout: 60_000, interval: 5 }).toBeGreaterThanOrEqual(18);
  server.child.kill('SIGTERM');
  const answers = await Promise.all(load);
  expect(answers.map(([status]) => status)).toEqual(answers.map(() => 200));
  for (const [, i] of answers) if (i % 4 === 0) done.images.push(`load-${i}`);
  expect(await server.ended).toBe(0);
  await expect(fetch(`${server.address}/healthz`)).rejects.toThrow();
  await expectKept(db, done);
});

test('a full disk refuses what does not fit, keeps what was acknowledged, and goes on when there is room', async ({ skip }) => {
  const disk = mountSmallDisk('4m');
  if (disk === undefined) return skip('only root may mount a small disk, and not in every container');
  const db = join(disk.folder, 'db');
  const filler = join(disk.folder, 'filler');
  writeFileSync(filler, Buffer.alloc(2 * 2 ** 20));
  const server = await startServe(['--db', db, '--no-cache']);
  const done: Acknowledged = { images: [], tags: [] };
  let status = 200;
  for (let i = 0; status === 200 && i < 200; i++) {
    status = await upload(server, `image-${i}`);
    if (status === 200) done.images.push(`image-${i}`);
  }
  expect(status).toBe(507);
  expect(done.images.length).toBeGreaterThan(3);
  expect((await classify(server)).status).toBe(200); // who only asks notices nothing
  expect((await fetch(`${server.address}/v1/images`)).status).toBe(200);
  const [first] = done.images as [string];
  const corrected = await correct(server, idOf(first), 'on a full disk');
  expect([200, 507]).toContain(corrected);
  if (corrected === 200) done.tags.push({ id: idOf(first), tag: 'on a full disk' });
  rmSync(filler);
  expect(await upload(server, 'when there is room')).toBe(200);
  done.images.push('when there is room');
  expect(await stopServe(server)).toBe(0);
  await expectKept(db, done);
  disk.unmount();
});

test('a database that is taken away fails single requests, and is there again when it returns', async () => {
  const place = temporaryFolder();
  const db = join(place, 'db');
  const server = await startServe(['--db', db]);
  expect(await upload(server, 'kept')).toBe(200);
  renameSync(db, join(place, 'away'));
  const gone = await fetch(`${server.address}/v1/images/${idOf('kept')}`);
  expect(gone.status).toBeGreaterThanOrEqual(400);
  expect(await gone.json()).toMatchObject({ code: expect.any(String), requestId: expect.any(String) });
  expect((await fetch(`${server.address}/healthz`)).status).toBe(200);
  expect((await classify(server)).status).toBe(200);
  renameSync(join(place, 'away'), db);
  expect((await fetch(`${server.address}/v1/images/${idOf('kept')}`)).status).toBe(200);
  expect(await upload(server, 'more')).toBe(200);
  expect(await stopServe(server)).toBe(0);
  await expectKept(db, { images: ['kept', 'more'], tags: [] });
});

describe('clients that hold connections', () => {
  const open = (port: number): Promise<Socket | undefined> =>
    new Promise((done) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => done(undefined)).once('connect', () => done(socket));
    });

  test('10,000 idle connections do not keep others from their answers', async () => {
    const server = await startServe(['--db', temporaryFolder()]);
    const port = Number(new URL(server.address).port);
    const idle: Socket[] = [];
    try {
      while (idle.length < 10_000) {
        const some = await Promise.all(Array.from({ length: 500 }, () => open(port)));
        expect(some).not.toContain(undefined);
        idle.push(...(some as Socket[]));
      }
      for (let i = 0; i < 5; i++) expect((await classify(server)).status).toBe(200);
    } finally {
      for (const socket of idle) socket.destroy();
    }
    expect(await stopServe(server)).toBe(0);
  });

  test('clients that send a byte now and then hold no place in the line', async () => {
    const server = await startServe(['--db', temporaryFolder()]);
    const port = Number(new URL(server.address).port);
    const head = 'POST /v1/classify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n';
    const slow = (await Promise.all(Array.from({ length: 200 }, () => open(port)))) as Socket[];
    for (const socket of slow) socket.write(head);
    const drip = setInterval(() => {
      for (const socket of slow) socket.write('{');
    }, 1000);
    try {
      for (let i = 0; i < 5; i++) expect((await classify(server)).status).toBe(200);
      const metrics = await (await fetch(`${server.address}/metrics`)).text();
      expect(metrics).toMatch(/^labelwise_queue_running 0$/m);
      expect(metrics).toMatch(/^labelwise_queue_waiting 0$/m);
    } finally {
      clearInterval(drip);
      for (const socket of slow) socket.destroy();
    }
    expect(await stopServe(server)).toBe(0);
  });
});
