import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/parity.js';
import { IMAGES, ROOT } from '../fixtures/paths.js';

/** What a user gets: the packed package, installed into an empty folder. The build is that of the tests: prepack is not run again. */
let folder: string;
const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

beforeAll(() => {
  folder = temporaryFolder();
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], ROOT);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) as string;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`], folder);
}, 600_000);

test('the installed command classifies a photo with the embedded model', () => {
  const output = run('npx', ['labelwise', 'classify', `${IMAGES}/chelsea.png`, '--labels', 'cat, dog, red panda', '--json'], folder);
  expect(JSON.parse(output)[0].predictions[0].label).toBe('cat');
});

test('every door of the installed package opens', () => {
  const script = `
    const doors = await Promise.all(['labelwise', 'labelwise/core', 'labelwise/encoders', 'labelwise/store', 'labelwise/testing'].map((name) => import(name)));
    const classifier = await doors[0].createClassifier({ labels: ['cat', 'rocket'] });
    const [{ predictions }] = await classifier.classify(${JSON.stringify(`${IMAGES}/rocket-q90-444.jpg`)});
    await classifier.close();
    console.log(JSON.stringify([doors.map((door) => Object.keys(door).length > 0), predictions[0].label]));`;
  writeFileSync(join(folder, 'use.mjs'), script);
  expect(JSON.parse(run(process.execPath, ['use.mjs'], folder))).toEqual([[true, true, true, true, true], 'rocket']);
});

test('the package holds the model, the data and the licences, and no tests or sources', () => {
  const files = readdirSync(join(folder, 'node_modules/labelwise'), { recursive: true }).map(String);
  for (const wanted of [
    'models/pocket/onnx/vision_model.onnx',
    'models/pocket/README.md',
    'data/label-sets/cifar100.json',
    'LICENSE',
    'NOTICE',
    'README.md',
  ])
    expect(files).toContain(wanted);
  expect(files.filter((file) => /\.test\.|^src|^tests/.test(file))).toEqual([]);
});
