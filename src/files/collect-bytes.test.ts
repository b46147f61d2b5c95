import { mkdtempSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collectBytes, readPieces } from './collect-bytes.js';

const CONTENT = Buffer.from('0123456789');
const tooLarge = () => new Error('too large');

async function read(size: number, maxBytes: number): Promise<string> {
  const path = join(mkdtempSync(join(tmpdir(), 'labelwise-')), 'file');
  writeFileSync(path, CONTENT);
  const file = await open(path);
  try {
    return Buffer.from(await collectBytes(readPieces(file, size), { maxBytes, tooLarge })).toString();
  } finally {
    await file.close();
  }
}

test.each([10, 3, 0, 99])('a file of 10 bytes is read to its end though its size was said to be %i', async (size) => {
  expect(await read(size, 10)).toBe('0123456789');
  await expect(read(size, 9)).rejects.toThrow('too large');
});

test('a source without an end is left as soon as it has given more than the limit', async () => {
  let given = 0;
  let isLeft = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        given++;
        yield new Uint8Array(1000);
      }
    } finally {
      isLeft = true;
    }
  }
  await expect(collectBytes(endless(), { maxBytes: 4500, tooLarge })).rejects.toThrow('too large');
  expect([given, isLeft]).toEqual([5, true]);
});

test('a signal ends it between two pieces', async () => {
  const stop = new AbortController();
  async function* parts(): AsyncGenerator<Uint8Array> {
    yield CONTENT;
    stop.abort();
    yield CONTENT;
  }
  await expect(collectBytes(parts(), { maxBytes: 100, tooLarge, signal: stop.signal })).rejects.toMatchObject({ code: 'ABORTED' });
});
