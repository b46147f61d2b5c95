import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import sharp, { type FormatEnum } from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAIN } from '../fixtures/cli.js';
import { randomFrom } from '../fixtures/mutations.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, ROOT } from '../fixtures/paths.js';

/** Of each format, and of forms. */
const COUNT = Number(process.env.LABELWISE_MUTATIONS ?? 10_000);
const ITEMS = 64;
/** By how much what the process keeps may grow. */
const ALLOWED_MB = 150;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
let service: ChildProcess;
let address = '';

beforeAll(async () => {
  service = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--model', CLIP_TINY, '--no-cache'], {
    env: { ...process.env, LABELWISE_HOME: temporaryFolder() },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  address = await new Promise<string>((ready, fail) => {
    let text = '';
    service.stderr?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const found = /listening on (\S+)/.exec(text);
      if (found) ready(found[1] as string);
    });
    service.once('exit', () => fail(new Error(text)));
  });
});

afterAll(async () => {
  service.kill('SIGTERM');
  if (service.exitCode === null) await once(service, 'exit');
  agent.destroy();
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

function post(body: Buffer, type: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${address}/v1/classify`, {
      method: 'POST',
      agent,
      headers: { 'content-type': type, 'content-length': body.length },
    });
    sent.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Bytes changed, cut out, doubled, zeroed or put in, at up to four places. */
function mutate(original: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(original);
  for (let i = random(4); i >= 0 && bytes.length > 0; i--) {
    const at = random(bytes.length);
    const length = 1 + random(random(3) === 0 ? 400 : 8);
    const [before, rest, later] = [bytes.subarray(0, at), bytes.subarray(at), bytes.subarray(at + length)];
    const kind = random(6);
    if (kind === 0) bytes = Buffer.concat([before, Buffer.from([random(256)]), rest.subarray(1)]);
    if (kind === 1) bytes = Buffer.concat([before, later]);
    if (kind === 2) bytes = Buffer.concat([before, bytes.subarray(at, at + length), rest]);
    if (kind === 3) bytes = Buffer.concat([before, Buffer.alloc(Math.min(length, rest.length), random(2) * 255), later]);
    if (kind === 4) bytes = Buffer.concat([before, Buffer.from(Array.from({ length }, () => random(256))), rest]);
    if (kind === 5) bytes = before;
  }
  return bytes;
}

/** Megabytes that the process holds now; 0 where /proc is missing. */
function residentMb(): number {
  if (process.platform !== 'linux') return 0;
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))?.[1]) / 1024;
}

/**
 * Runs `work` `count` times, and returns by how many megabytes what the process keeps has grown between the first half and
 * the second. What waits to be collected comes and goes in waves, which may be longer than half a run (one of 350 MB lasted
 * for 12,000 GIFs), so only the troughs count, and a second half without one goes on, up to nine times as long: what leaks
 * never comes down.
 */
async function growthMb(count: number, work: () => Promise<void>): Promise<number> {
  const part = Math.ceil(count / 5);
  const troughMb = async (): Promise<number> => {
    let least = Number.POSITIVE_INFINITY;
    await inParallel(2 * part, async () => {
      await work();
      least = Math.min(least, residentMb());
    });
    return least;
  };
  await inParallel(part, work);
  const early = await troughMb();
  let late = await troughMb();
  for (let i = 0; i < 8 && late - early >= ALLOWED_MB; i++) late = await troughMb();
  return late - early;
}

/** Runs `work` for each number, eight at a time. */
async function inParallel(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < count) await work(next++);
    }),
  );
}

const FORMATS: readonly [string, object][] = [
  ['jpeg', {}],
  ['png', {}],
  ['webp', {}],
  ['gif', {}],
  ['tiff', { compression: 'lzw' }],
  ['avif', { effort: 0 }],
];

test.each(FORMATS)(`${COUNT} broken %s files are answered one by one, and the process stays as it was`, async (format, options) => {
  const picture = await sharp(join(ROOT, 'demo/photos/rocket.jpg'))
    .resize(48, 36)
    .toFormat(format as keyof FormatEnum, options)
    .toBuffer();
  const random = randomFrom(format.length + (format.charCodeAt(0) << 8));
  const outcomes = new Map<string, number>();
  const round = async (): Promise<void> => {
    const images = Array.from({ length: ITEMS }, () => mutate(picture, random).toString('base64') || 'AAAA');
    const { status, body } = await post(Buffer.from(JSON.stringify({ images, labels: ['cat', 'rocket'] })), 'application/json');
    expect(status, body.slice(0, 300)).toBe(200);
    const { results } = JSON.parse(body) as { results: { error?: { code: string } }[] };
    expect(results).toHaveLength(ITEMS);
    for (const { error } of results) outcomes.set(error?.code ?? 'fine', (outcomes.get(error?.code ?? 'fine') ?? 0) + 1);
  };
  const rounds = Math.ceil(COUNT / ITEMS);
  const growth = await growthMb(rounds, round);
  expect([...outcomes.keys()].filter((code) => !['fine', 'IMAGE_DAMAGED', 'IMAGE_UNSUPPORTED', 'IMAGE_TOO_LARGE'].includes(code))).toEqual(
    [],
  );
  expect(outcomes.get('IMAGE_DAMAGED')).toBeGreaterThan(0);
  expect(service.exitCode).toBeNull();
  expect(growth).toBeLessThan(ALLOWED_MB);
});

test(`${COUNT} broken forms are answered with what is wrong, and the process stays as it was`, async () => {
  const form = new FormData();
  form.append('image', new File([readFileSync(join(ROOT, 'tests/parity/images/exact-224.png'))], 'photo.png'));
  form.append('labels', 'cat, rocket');
  form.append('topK', '2');
  const whole = new Response(form);
  const type = whole.headers.get('content-type') ?? '';
  const body = Buffer.from(await whole.arrayBuffer());
  const random = randomFrom(7);
  const statuses = new Map<number, number>();
  const send = async (): Promise<void> => {
    const isTypeBroken = random(10) === 0;
    const brokenType = mutate(Buffer.from(type), random)
      .toString('latin1')
      .replace(/[^\x20-\x7e]/g, '');
    const { status, body: answer } = await post(mutate(body, random), isTypeBroken ? brokenType : type);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status !== 200) expect(JSON.parse(answer)).toMatchObject({ status, code: expect.any(String), requestId: expect.any(String) });
  };
  const growth = await growthMb(COUNT, send);
  expect([...statuses.keys()].filter((status) => ![200, 400, 413, 415, 422].includes(status))).toEqual([]);
  expect(statuses.get(200)).toBeGreaterThan(0);
  expect(statuses.get(400)).toBeGreaterThan(0);
  expect(service.exitCode).toBeNull();
  expect(growth).toBeLessThan(ALLOWED_MB);
});
