import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isAllowed, readLicences } from '../../scripts/licences.mjs';
import { ROOT } from '../fixtures/paths.js';

test('everything that is installed with labelwise has a licence on the list', () => {
  const licences = readLicences(ROOT);
  expect(licences.length).toBeGreaterThan(50);
  expect(licences.filter(({ licence }) => !isAllowed(licence))).toEqual([]);
});

test('every direct dependency is installed with the licence that the lock file states', () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const stated = new Map(readLicences(ROOT).map(({ name, licence }) => [name, licence]));
  for (const name of Object.keys(dependencies)) {
    const folder = join(ROOT, 'node_modules', name);
    const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { license: string };
    expect(stated.get(name), name).toBe(license);
  }
});

test('an expression of licences is allowed if one of its choices is', () => {
  expect(['MIT', '(GPL-3.0 OR MIT)', 'Apache-2.0 AND MIT'].map(isAllowed)).toEqual([true, true, true]);
  expect(['GPL-3.0', 'MIT AND GPL-3.0', 'none stated', 'UNLICENSED'].map(isAllowed)).toEqual([false, false, false, false]);
});
