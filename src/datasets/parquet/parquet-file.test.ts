import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeParquet } from '../../../tests/fixtures/parquet.js';
import { openParquetFile, type ParquetLimits } from './parquet-file.js';

const folder = mkdtempSync(join(tmpdir(), 'labelwise-parquet-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** 200 rows of 10 kB in one row group: 2 MB. */
function write(name: string, options: { pageSize?: number; hasPageIndex?: boolean }): string {
  const path = join(folder, name);
  const images = Array.from({ length: 200 }, (_, n) =>
    Uint8Array.from({ length: 10_000 }, (_, i) => (i === 0 ? n : Math.imul(i * i + n, 2654435761) >>> 24)),
  );
  writeParquet(path, { images, labels: images.map((_, n) => n), ...options });
  return path;
}

async function readAll(path: string, limits: ParquetLimits, from = 0) {
  const { file, close } = await openParquetFile(path, limits);
  const parts: number[][] = [];
  try {
    for await (const rows of file.readGroup(0, ['image', 'label'], from)) {
      for (const { image, label } of rows) expect((image as { bytes: Uint8Array }).bytes[0]).toBe(Number(label));
      parts.push(rows.map(({ label }) => Number(label)));
    }
  } finally {
    await close();
  }
  return parts;
}

const rows = Array.from({ length: 200 }, (_, n) => n);

test.each([true, false])(
  'a row group is read in parts of whole pages, with a page index (%s) or without; no read is larger',
  async (hasPageIndex) => {
    const path = write(`pages-${hasPageIndex}.parquet`, { pageSize: 50_000, hasPageIndex });
    const limits = { partBytes: 200_000, mostBytes: 600_000 };
    const parts = await readAll(path, limits);
    expect(parts.flat()).toEqual(rows);
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(20);
    expect((await readAll(path, limits, 133)).flat()).toEqual(rows.slice(133));
  },
);

test('a small row group is read at once', async () => {
  expect(await readAll(write('small.parquet', {}), { partBytes: 4e6, mostBytes: 8e6 })).toEqual([rows]);
});

test('a page larger than the bound is refused before memory is taken', async () => {
  const path = write('large-page.parquet', { pageSize: 2 ** 30 });
  await expect(readAll(path, { partBytes: 200_000, mostBytes: 1_000_000 })).rejects.toMatchObject({
    code: 'DATASET_INVALID',
    message: expect.stringMatching(/large-page\.parquet has a page.* of \d\.\d MB: more than 1\.0 MB are not read at once/),
  });
});
