import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MAIN } from '../fixtures/cli.js';
import { ROOT } from '../fixtures/paths.js';

const bin = join(ROOT, 'dist/bin');
const files = readdirSync(bin).filter((name) => name.endsWith('.js'));
const codeOf = (name: string): string => readFileSync(join(bin, name), 'utf8');

test('the bundle finds the files of the package, its own threads among them', () => {
  const addresses = files.flatMap((name) => [...codeOf(name).matchAll(/new URL\(["'`]\.\.\/([^"'`]+)["'`], ?import\.meta\.url\)\.href/g)]);
  expect(new Set(addresses.map(([, module]) => module))).toEqual(new Set(['files/package-root.js'])); // once for each thread's bundle
  const named = files.flatMap((name) =>
    [...codeOf(name).matchAll(/packageFile\(["'`]([^"'`$]+)["'`]\)/g)].map(([, path]) => path as string),
  );
  expect(named).toEqual(expect.arrayContaining(['dist/bin/prepare-worker.js', 'dist/bin/session-worker.js', 'models/pocket']));
  for (const path of named) expect(existsSync(join(ROOT, path)), path).toBe(true);
});

test('libraries that the start needs are within, with their licences', () => {
  const imported = new Set(
    files.flatMap((name) => [...codeOf(name).matchAll(/\bfrom ?['"]([^.'"][^'"]*)['"]/g)].map(([, library]) => library)),
  );
  const licences = readFileSync(join(bin, 'LICENSES.txt'), 'utf8');
  for (const library of ['zod', 'commander', 'cli-progress']) {
    expect(imported).not.toContain(library);
    expect(licences).toMatch(new RegExp(`^${library} \\d`, 'm'));
  }
});

test('it knows its version and the label sets that ship with it', () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(run('--version').stdout.trim()).toBe(version);
  expect(run('classify', join(ROOT, 'demo/photos/rocket.jpg'), '--label-set', 'nosuch').stderr).toContain('cifar100');
});
