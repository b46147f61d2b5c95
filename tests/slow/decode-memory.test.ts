import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { ROOT } from '../fixtures/paths.js';

/** Without the budget that all decodes share, the first peaks at 2.0 GB on two threads, the second at 2.7, and the third at 2.1. */
test.each([
  ['30 small JPEGs that claim 12,240 x 12,240 pixels', 'baseline', 900],
  ['30 small progressive JPEGs that claim as much', 'progressive', 1400],
  ['2,000 JPEGs with broken headers', 'mutated', 1400],
])('%s share a bounded memory while they are decoded', (_, name, limitMb) => {
  const output = execFileSync(process.execPath, [`${ROOT}benchmarks/measure-decode-memory.mjs`, '30', '2000', name], { encoding: 'utf8' });
  const { peakMb, images } = JSON.parse(output) as { peakMb: number; images: number };
  expect(images).toBe(name === 'mutated' ? 2000 : 30);
  expect(peakMb).toBeLessThan(limitMb + 50 * availableParallelism()); // what each thread takes by itself;
});
