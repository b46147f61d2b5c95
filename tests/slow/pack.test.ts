import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/parity.js';
import { IMAGES, ROOT } from '../fixtures/paths.js';

/** What a user gets: the packed package, installed into an empty folder. */
let folder: string;
const distBefore = statSync(`${ROOT}dist`).ino;
const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

beforeAll(() => {
  folder = temporaryFolder();
  run('npm', ['pack', '--pack-destination', folder], ROOT);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) as string;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`], folder);
}, 600_000);

test('npm pack leaves a build alone that is up to date, so that it may run beside the tests', () => {
  expect(statSync(`${ROOT}dist`).ino).toBe(distBefore);
});

test('the installed command classifies a photo with the embedded model', () => {
  const output = run('npx', ['labelwise', 'classify', `${IMAGES}/chelsea.png`, '--labels', 'cat, dog, red panda', '--json'], folder);
  expect(JSON.parse(output)[0].predictions[0].label).toBe('cat');
});

test('a program in TypeScript compiles against every door of the installed package, and runs', () => {
  cpSync(`${ROOT}tests/fixtures/installed-app.ts`, join(folder, 'app.ts'));
  const options = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023', '--skipLibCheck', '--strict', '--ignoreConfig'];
  const types = ['--typeRoots', `${ROOT}node_modules/@types`, '--types', 'node'];
  run(process.execPath, [`${ROOT}node_modules/typescript/bin/tsc`, 'app.ts', ...options, ...types], folder);
  expect(JSON.parse(run(process.execPath, ['app.js', IMAGES, folder], folder))).toEqual({
    label: 'rocket',
    nearest: 'rocket',
    examples: 2,
    same: true,
    argument: 'DATASET_INVALID',
    unreachable: true,
  });
});

test('the program uses every door that package.json exports', () => {
  const { exports } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { exports: Record<string, unknown> };
  const program = readFileSync(`${ROOT}tests/fixtures/installed-app.ts`, 'utf8');
  const doors = Object.keys(exports).filter((name) => name !== './package.json');
  for (const door of doors) expect(program).toContain(`from '${door.replace('.', 'labelwise')}'`);
});

test('the package holds the model, the data and the licences, and no tests, sources or maps to sources', () => {
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
  expect(files.filter((file) => /\.test\.|^src|^tests|\.inputs$|^(dist|web).*\.map$/.test(file))).toEqual([]);
});
