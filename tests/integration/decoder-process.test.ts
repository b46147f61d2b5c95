import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEncoder } from 'labelwise';
import { DEFAULT_IMAGE_LIMITS, parseImageTransform, prepareImage } from 'labelwise/encoders';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { PreparePool } from '../../dist/images/pool/prepare-pool.js';
import { createApp } from '../../dist/server/create-app.js';
import { createService } from '../../dist/server/service.js';
import { openWorkspace } from '../../dist/tasks/workspace.js';
import { readJson, temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, IMAGES, ROOT } from '../fixtures/paths.js';
import { openTestService, photo } from '../fixtures/service.js';

const how = { transform: parseImageTransform(readJson(`${CLIP_TINY}/preprocessor_config.json`)), limits: DEFAULT_IMAGE_LIMITS };
const decodeProcess = { memoryMiB: 1024 };
const cat = () => new Uint8Array(readFileSync(`${IMAGES}/chelsea.png`));
const isLinux = process.platform === 'linux';

test('a process gives the same numbers as this one, and errors with their codes', async () => {
  const pool = new PreparePool(how, { size: 1, decodeProcess });
  const expected = await prepareImage(cat(), how);
  for (let i = 0; i < 3; i++) {
    const image = await pool.prepare(cat(), { isOurs: true });
    expect(image).toEqual(expected);
    pool.recycle(image);
  }
  await expect(pool.prepare(Buffer.from('not an image'), { isOurs: false })).rejects.toMatchObject({
    code: 'IMAGE_UNSUPPORTED',
    hint: expect.any(String),
  });
  await pool.close();
});

test('an image whose process is killed is reported, and the next ones are prepared by another', async () => {
  const pids: number[] = [];
  const pool = new PreparePool(how, {
    size: 1,
    decodeProcess,
    onSpawn: (member) => {
      const { pid } = member as unknown as { pid: number };
      if (pids.length === 0) process.kill(pid, 'SIGKILL');
      pids.push(pid);
    },
  });
  const [dead, alive] = await Promise.allSettled([pool.prepare(cat(), { isOurs: true }), pool.prepare(cat(), { isOurs: true })]);
  expect(dead).toMatchObject({ status: 'rejected', reason: { code: 'DECODER_CRASHED', message: expect.stringContaining('process') } });
  expect(alive).toMatchObject({ status: 'fulfilled', value: { width: 451, height: 300 } });
  expect(pids).toHaveLength(2);
  await pool.close();
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow(); // none is left behind
});

test.runIf(isLinux)('an image that needs more memory than the process may have costs that image alone', async () => {
  const large = await hugePicture();
  const pool = new PreparePool(how, { size: 1, decodeProcess: { memoryMiB: 256 } });
  await expect(pool.prepare(large, { isOurs: false })).rejects.toMatchObject({
    code: expect.stringMatching(/^(?:IMAGE_DAMAGED|DECODER_CRASHED|OUT_OF_MEMORY)$/),
  });
  await expect(pool.shrink(large, 100)).rejects.toMatchObject({
    code: expect.stringMatching(/^(?:IMAGE_DAMAGED|DECODER_CRASHED|OUT_OF_MEMORY)$/),
  });
  expect(await pool.prepare(cat(), { isOurs: true })).toMatchObject({ width: 451, height: 300 });
  await pool.close();
});

test('a small picture is the same from a process as from a thread, and errors have their codes', async () => {
  const [apart, within] = [new PreparePool(how, { size: 1, decodeProcess }), new PreparePool(how, { size: 1 })];
  const picture = await apart.shrink(cat(), 100);
  expect(picture).toMatchObject({ width: 100, height: 67 });
  expect(Buffer.from((await within.shrink(cat(), 100)).data)).toEqual(Buffer.from(picture.data));
  expect(await apart.shrink(cat(), 2000)).toMatchObject({ width: 451, height: 300 }); // never larger than it is
  await expect(apart.shrink(Buffer.from('not an image'), 100)).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
  await Promise.all([apart.close(), within.close()]);
});

test.runIf(isLinux)('the process gets no environment, and its parent keeps its own limits', async () => {
  const pids: number[] = [];
  const pool = new PreparePool(how, { size: 1, decodeProcess, onSpawn: (member) => pids.push((member as unknown as { pid: number }).pid) });
  await pool.prepare(cat(), { isOurs: true });
  const variables = readFileSync(`/proc/${pids[0]}/environ`, 'utf8')
    .split('\0')
    .map((line) => line.split('=')[0]);
  expect(variables.filter((name) => !/^(?:|NODE_CHANNEL_\w+|PWD|SHLVL|_|OLDPWD)$/.test(name ?? ''))).toEqual([]);
  expect(readFileSync(`/proc/${pids[0]}/limits`, 'utf8')).toMatch(/^Max data size +1073741824 /m);
  expect(readFileSync('/proc/self/limits', 'utf8')).not.toMatch(/^Max data size +1073741824 /m);
  await pool.close();
});

test.runIf(isLinux)('thumbnails and heat maps are decoded in the process too', async () => {
  const large = await hugePicture();
  const db = temporaryFolder();
  await using open = openTestService({}, { db });
  const added = await open.send<{ results: { id: string }[] }>('/v1/images', { 'large.png': large });
  const path = `/v1/images/${added.body.results[0]?.id}/thumbnail`;
  expect((await open.request(path)).status).toBe(200);
  await using isolated = openTestService({}, { db, decodeProcess: { memoryMiB: 256 } }); // too little for this picture
  const refused = await isolated.ask('GET', path);
  expect([refused.status, refused.body]).toMatchObject([422, { code: expect.stringMatching(/^(?:IMAGE_DAMAGED|DECODER_CRASHED)$/) }]);
  const heat = { explain: 'true', heatMap: 'true', labels: 'cat, rocket' };
  const maps = await isolated.send('/v1/classify', { 'large.png': large, 'rocket.jpg': photo('rocket.jpg') }, heat);
  expect(maps.body).toMatchObject({
    results: [{ error: expect.anything() }, { explanation: { heatMap: { cells: expect.any(Array) } } }],
  });
});

test('a service that isolates its decoder answers the same, and goes on after a crash', async () => {
  const workspace = openWorkspace({
    db: temporaryFolder(),
    cache: undefined,
    cwd: ROOT,
    home: temporaryFolder(),
    hub: { endpoint: '', offline: true },
    decodeProcess,
  } as never);
  const service = createService(workspace);
  const app = createApp(service);
  const rocket = readFileSync(join(ROOT, 'demo/photos/rocket.jpg'));
  const ask = async () => {
    const response = await app.request('/v1/classify', {
      method: 'POST',
      body: JSON.stringify({ images: [rocket.toString('base64')], labels: ['cat', 'rocket'] }),
      headers: { 'content-type': 'application/json' },
    });
    return [response.status, await response.json()] as const;
  };
  await using threads = await loadEncoder({});
  const expected: number[] = [];
  for await (const outcome of threads.encodeImages([rocket])) if ('embedding' in outcome) expected.push(...outcome.embedding);
  expect([...(await service.encode(rocket))]).toEqual(expected);
  const before = await ask();
  expect(before).toMatchObject([200, { results: [{ predictions: [{ label: 'rocket' }, { label: 'cat' }] }] }]);
  for (const pid of isLinux ? decodersOf(process.pid) : []) process.kill(pid, 'SIGKILL');
  const after = [await ask(), await ask()]; // the first may meet the process that has just ended
  expect(after[0]?.[0]).toBe(200);
  expect(after[1]).toEqual(before);
  await service.close();
  await workspace.close();
});

/** A small file with 81 megapixels. */
async function hugePicture(): Promise<Uint8Array<ArrayBuffer>> {
  const [width, height] = [9000, 9000];
  const picture = sharp({ create: { width, height, channels: 3, background: 'red' } });
  return new Uint8Array(await picture.png().toBuffer());
}

/** The processes that this one started to decode. */
function decodersOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [, rest = ''] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ');
        const isChild = Number(rest.split(' ')[1]) === parent;
        return isChild && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('prepare-worker') ? [Number(name)] : [];
      } catch {
        return []; // it has ended meanwhile
      }
    });
}
