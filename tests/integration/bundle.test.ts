import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MAIN } from '../fixtures/cli.js';
import { ROOT } from '../fixtures/paths.js';

const bin = join(ROOT, 'dist/bin');
const files = readdirSync(bin).filter((name) => name.endsWith('.js'));
const codeOf = (name: string): string => readFileSync(join(bin, name), 'utf8');

test('each module in the bundle finds its files from where it stands in dist', () => {
  const addresses = files.flatMap((name) => [...codeOf(name).matchAll(/new URL\(['"]\.\.\/([^'"]+)['"], import\.meta\.url\)\.href/g)]);
  expect(addresses.length).toBeGreaterThan(5);
  for (const [, module] of addresses) expect(existsSync(join(ROOT, 'dist', module as string)), module).toBe(true);
});

test('threads are started from the bundle', () => {
  const threads = files.flatMap((name) => [...codeOf(name).matchAll(/new URL\(['"]\.\/([a-z-]+-worker\.js)['"]/g)].map(([, file]) => file));
  expect(threads.sort()).toEqual(['prepare-worker.js', 'session-worker.js']);
  for (const file of threads) expect(files).toContain(file);
});

test('libraries that the start needs are within, with their licences', () => {
  const imported = new Set(
    files.flatMap((name) => [...codeOf(name).matchAll(/\bfrom ['"]([^.'"][^'"]*)['"]/g)].map(([, library]) => library)),
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
