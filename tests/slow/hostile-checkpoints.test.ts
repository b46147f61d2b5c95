import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { CLIP_TINY, ROOT } from '../fixtures/paths.js';

/** Runs a mutation campaign in a process of its own, which says what came of it. */
function campaign(kind: string, count: number) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${ROOT}tests/fixtures/mutate.mjs`, kind, String(count), CLIP_TINY], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as { refused: number; harmless: number; faults: string[]; grownMegabytes: number };
}

test('10,000 mutated safetensors headers are refused or harmless, in little memory', () => {
  const { refused, harmless, faults, grownMegabytes } = campaign('headers', 10_000);
  expect(faults).toEqual([]);
  expect(refused + harmless).toBe(10_000);
  expect(refused).toBeGreaterThan(7_000);
  expect(grownMegabytes).toBeLessThan(200);
}, 120_000);

test('1,000 mutated configurations are refused, or give graphs that ONNX Runtime opens', () => {
  const { refused, harmless, faults, grownMegabytes } = campaign('configs', 1_000);
  expect(faults).toEqual([]);
  expect(refused + harmless).toBe(1_000);
  expect(refused).toBeGreaterThan(400);
  expect(grownMegabytes).toBeLessThan(200);
}, 120_000);
