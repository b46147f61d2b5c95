import { readFileSync } from 'node:fs';
import { DEFAULT_IMAGE_LIMITS, parseImageTransform, prepareImage } from 'labelwise/encoders';
import sharp, { type JpegOptions } from 'sharp';
import { expect, test } from 'vitest';
import { ByteBudget } from '../../dist/images/pool/byte-budget.js';
import { PreparePool } from '../../dist/images/pool/prepare-pool.js';
import { readJson } from '../fixtures/parity.js';
import { CLIP_TINY, IMAGES } from '../fixtures/paths.js';

const how = { transform: parseImageTransform(readJson(`${CLIP_TINY}/preprocessor_config.json`)), limits: DEFAULT_IMAGE_LIMITS };
const cat = () => new Uint8Array(readFileSync(`${IMAGES}/chelsea.png`));

test('a thread gives the same numbers as this one, in a buffer that is used again', async () => {
  const pool = new PreparePool(how, { size: 1 });
  const expected = await prepareImage(cat(), how);
  const first = await pool.prepare(cat(), { isOurs: true });
  expect(first).toEqual(expected);
  pool.recycle(first);
  const second = await pool.prepare(cat(), { isOurs: true });
  expect(second).toEqual(expected);
  await pool.close();
});

test('bytes of the caller are left to him, whole or as a view of more', async () => {
  const pool = new PreparePool(how, { size: 2 });
  const bytes = cat();
  const more = new Uint8Array(bytes.length + 100);
  more.set(bytes, 50);
  const [whole, view] = await Promise.all([
    pool.prepare(bytes, { isOurs: false }),
    pool.prepare(more.subarray(50, 50 + bytes.length), { isOurs: false }),
  ]);
  expect(view).toEqual(whole);
  expect([bytes.length, more.length]).toEqual([cat().length, cat().length + 100]);
  await pool.close();
});

test('the error of a bad image keeps its code and hint', async () => {
  const pool = new PreparePool(how, { size: 1 });
  await expect(pool.prepare(Buffer.from('not an image'), { isOurs: false })).rejects.toMatchObject({
    code: 'IMAGE_UNSUPPORTED',
    hint: expect.any(String),
  });
  await pool.close();
});

test('an image whose thread dies is reported, and the next ones are prepared by another', async () => {
  let isFirst = true;
  const pool = new PreparePool(how, {
    size: 1,
    onSpawn: (worker) => {
      if (isFirst) worker.terminate();
      isFirst = false;
    },
  });
  const [dead, alive] = await Promise.allSettled([pool.prepare(cat(), { isOurs: true }), pool.prepare(cat(), { isOurs: true })]);
  expect(dead).toMatchObject({ status: 'rejected', reason: { code: 'DECODER_CRASHED' } });
  expect(alive).toMatchObject({ status: 'fulfilled', value: { width: 451, height: 300 } });
  await pool.close();
});

test('a thread asks for the memory of an image before it decodes it, by its header', async () => {
  const asked: number[] = [];
  const budget = new ByteBudget(1000);
  const acquire = budget.acquire.bind(budget);
  budget.acquire = (bytes) => {
    asked.push(bytes);
    return acquire(bytes);
  };
  const pool = new PreparePool(how, { size: 2, budget });
  const jpeg = (options: JpegOptions) => sharp({ create: { width: 300, height: 200, channels: 3, background: 'teal' } }).jpeg(options);
  for (const image of [jpeg({}), jpeg({ progressive: true }), jpeg({}).withMetadata({ orientation: 6 })])
    await pool.prepare(await image.toBuffer(), { isOurs: false });
  // pixels; with the coefficients of 4:2:0; turned in a copy
  expect(asked).toEqual([300 * 200 * 3, 300 * 200 * (3 + 3), 300 * 200 * (3 + 3)]);
  await pool.close();
});
