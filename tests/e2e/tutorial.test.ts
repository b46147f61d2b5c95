import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/parity.js';
import { DATA, hasData, ROOT } from '../fixtures/paths.js';

const page = readFileSync(`${ROOT}docs/guides/tutorial.md`, 'utf8');
const code = readFileSync(`${ROOT}examples/tutorial.ts`, 'utf8');
const blocks = [...page.matchAll(/^## (.+)\n[\s\S]*?<!-- region: (\w+) -->\n\n```ts\n([\s\S]*?)\n```\n\n```text\n([\s\S]*?)\n```/gm)];

/** Runs the tutorial in a process of its own, and gives what it printed by the titles of its steps. */
function runTutorial(data: string, ...args: string[]): Map<string, string> {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${ROOT}scripts/tutorial.mjs`, ...args], {
    encoding: 'utf8',
    env: { ...process.env, LABELWISE_DATA: data },
  });
  if (status !== 0) throw new Error(`exit ${status}: ${stderr}`);
  const parts = stdout.split(/^== (.+)$/m).slice(1);
  return new Map(parts.flatMap((part, i) => (i % 2 === 0 ? [[part, (parts[i + 1] ?? '').replace(/^\n|\s+$/g, '')] as const] : [])));
}

/** Another processor may round the last digit otherwise: numbers with a point are compared by value, all else as it is. */
function expectSame(printed: string | undefined, shown: string): void {
  const decimals = /\d+\.\d+/g;
  expect(printed?.replaceAll(decimals, '#')).toBe(shown.replaceAll(decimals, '#'));
  const [a, b] = [printed ?? '', shown].map((text) => (text.match(decimals) ?? []).map(Number));
  for (const [i, value] of (b ?? []).entries()) expect(Math.abs((a?.[i] as number) - value)).toBeLessThan(0.011);
}

test('the tutorial shows all of its program, as it is', () => {
  expect(blocks).toHaveLength(11);
  const regions = [...code.matchAll(/\/\/ #region (\w+)\n([\s\S]*?)\n\/\/ #endregion/g)].map(([, name, text]) => [name, text]);
  expect(blocks.map(([, , name, text]) => [name, text])).toEqual(regions);
});

test.skipIf(!hasData('cifar100-mini'))('the tutorial shows what its program prints (skipped without LABELWISE_DATA)', () => {
  const printed = runTutorial(DATA);
  expect([...printed.keys()]).toEqual(blocks.map(([, title]) => title));
  for (const [, title, , , shown] of blocks) expectSame(printed.get(title as string), shown as string);
});

test('without CIFAR-100 the tutorial says so, and goes all the way with the free photos', () => {
  const printed = runTutorial(temporaryFolder());
  expect(printed.get('1. Load a split')).toMatch(
    /^CIFAR-100 is not here: six free photos stand in for it\.[^\n]*\nphotos\.csv, split -: 6 images, 14 labels$/,
  );
  expect(printed.get('11. Measure the whole split')).toMatch(/^top-1 \d+\.\d % \([4-6] of 6\), top-5 100\.0 % \(6 of 6\)\n/);
  expect(printed.get('10. Search, and read the distances')?.split('\n')).toHaveLength(10);
});
