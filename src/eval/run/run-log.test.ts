import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { appendLine, findRunState, openRunLog, type RunBatch, readRunBatches } from './run-log.js';

const folder = mkdtempSync(join(tmpdir(), 'labelwise-log-'));
const path = join(folder, '1.ndjson');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const HEAD = { identity: 'a1', facts: { data: 'Zürich' } };
const BATCHES: RunBatch[] = [0, 2, 4].map((from) => ({
  from,
  rows: [from, from + 1].map((n) => ({ id: `bild-ä/${n}`, error: { code: 'IMAGE_DAMAGED', message: '{"from":1}' } })),
  ms: 1.5,
  peakBytes: 7,
}));

async function writeAll(): Promise<void> {
  const state = await findRunState(path);
  const file = await openRunLog(path, state, HEAD);
  for (const batch of BATCHES.filter(({ from }) => from >= state.done)) await appendLine(file, batch);
  await file.close();
}

test('a log cut off at any byte, and written over with anything there, is taken up again to the same bytes', async () => {
  rmSync(path, { force: true });
  await writeAll();
  const whole = readFileSync(path);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: whole.length }),
      fc.constantFrom('', '{"from"', '{"from":9,"rows":[]}\n', '\0\0'),
      async (cut, torn) => {
        const kept = whole.subarray(0, cut);
        writeFileSync(path, Buffer.concat([kept, Buffer.from(torn)]));
        const { done } = await findRunState(path);
        expect(done).toBe(2 * Math.max(0, kept.toString('latin1').split('\n').length - 2));
        await writeAll();
        expect(readFileSync(path).equals(whole)).toBe(true);
      },
    ),
  );
});

test('a batch that does not follow ends the log', async () => {
  writeFileSync(path, [HEAD, BATCHES[0], BATCHES[2]].map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  expect((await findRunState(path)).done).toBe(2);
  const froms: number[] = [];
  for await (const { from } of readRunBatches(path)) froms.push(from);
  expect(froms).toEqual([0]);
});
