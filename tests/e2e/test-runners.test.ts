import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/parity.js';
import { IMAGES, ROOT } from '../fixtures/paths.js';

/** A project that tests its use of labelwise; Jest comes from the registry. */
const TEST = `
import { mkdtempSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { createClassifier } from 'labelwise';

test('each kind of source is classified', async () => {
  const photo = process.cwd() + '/chelsea.png';
  const bytes = readFileSync(photo);
  const sources = [photo, pathToFileURL(photo), bytes, new Uint8Array(bytes), new Uint8Array(bytes).buffer, new Blob([bytes])];
  const classifier = await createClassifier({ labels: ['cat', 'dog'], cache: mkdtempSync('cache-') });
  const results = await classifier.classify(sources);
  expect(results.map(({ predictions }) => predictions[0].label)).toEqual(sources.map(() => 'cat'));
  await expect(classifier.classify('nowhere.jpg')).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  await classifier.close();
}, 100_000);
`;

let folder: string;
const run = (script: string, ...args: string[]) => {
  const env = { ...process.env, NODE_OPTIONS: '--experimental-vm-modules', VITEST: undefined };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { cwd: folder, encoding: 'utf8', env });
  return { status, output: stdout + stderr };
};

beforeAll(() => {
  folder = temporaryFolder();
  const installed = join(folder, 'node_modules/labelwise');
  mkdirSync(installed, { recursive: true });
  for (const part of ['dist', 'data', 'package.json']) cpSync(join(ROOT, part), join(installed, part), { recursive: true });
  for (const part of ['models', 'node_modules']) symlinkSync(join(ROOT, part), join(installed, part));
  copyFileSync(join(IMAGES, 'chelsea.png'), join(folder, 'chelsea.png'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'tested', private: true, type: 'module' }));
  writeFileSync(join(folder, 'use.test.js'), TEST);
});

test.each(['vmThreads', 'vmForks'])('labelwise works in tests that vitest runs with --pool=%s', (pool) => {
  const { status, output } = run(join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--globals', `--pool=${pool}`);
  expect(status, output).toBe(0);
});

describe('Jest', () => {
  test('labelwise works in its tests', ({ skip }) => {
    const jest = join(temporaryFolder(), 'jest'); // of its own: npm would remove the copy of labelwise
    mkdirSync(jest);
    const install = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--prefix', jest, 'jest@30.5.2'], {
      encoding: 'utf8',
    });
    if (install.status !== 0) return skip(`Jest could not be installed from the registry: ${install.stderr}`);
    const { status, output } = run(join(jest, 'node_modules/jest/bin/jest.js'));
    expect(status, output).toBe(0);
  }, 300_000);
});
