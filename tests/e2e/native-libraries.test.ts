import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/parity.js';
import { IMAGES, ROOT } from '../fixtures/paths.js';

/** Copies the package with all it depends on; of the packages in `broken` the native files are left out. */
function copyPackage(...broken: readonly string[]): string {
  const folder = temporaryFolder();
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    const from = join(ROOT, 'node_modules', name);
    const filter = (path: string): boolean => !/\.(?:node|so|dll|dylib)(?:\.|$)/.test(path);
    if (broken.includes(name)) cpSync(from, join(modules, name), { recursive: true, filter });
    else symlinkSync(from, join(modules, name));
  }
  for (const part of ['dist', 'data', 'package.json']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'models'), join(folder, 'models'));
  return folder;
}

const CLASSIFY = (folder: string): string => `
  import { createClassifier } from ${JSON.stringify(`${folder}/dist/index.js`)};
  try {
    const classifier = await createClassifier({ labels: ['cat', 'dog'] });
    const results = [];
    for await (const item of classifier.classifyEach(${JSON.stringify([`${IMAGES}/chelsea.png`, `${IMAGES}/chelsea.png`])})) results.push(item);
    await classifier.close();
    console.log(JSON.stringify(results.map(({ predictions }) => predictions[0].label)));
  } catch (error) {
    console.log(JSON.stringify({ ...error.toJSON?.(), name: error.name, hint: error.hint }));
  }`;

function run(folder: string, script: string, ...flags: string[]): Record<string, string> {
  const file = join(folder, 'use.mjs');
  writeFileSync(file, script);
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, file], { cwd: folder, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

describe('a native library that is missing is named, with what to do', () => {
  test('of ONNX Runtime', () => {
    const folder = copyPackage('onnxruntime-node');
    expect(run(folder, CLASSIFY(folder))).toMatchObject({
      code: 'NATIVE_LIBRARY_MISSING',
      message: expect.stringContaining('ONNX Runtime (onnxruntime-node) cannot be loaded'),
      hint: expect.stringContaining('npm install'),
    });
  });

  test('of sharp: the call fails as a whole, and not each of its images', () => {
    const folder = copyPackage('sharp', '@img');
    expect(run(folder, CLASSIFY(folder))).toMatchObject({
      code: 'NATIVE_LIBRARY_MISSING',
      message: expect.stringContaining('sharp (sharp)'),
    });
  });

  test('of LanceDB', () => {
    const folder = copyPackage('@lancedb');
    const script = `
      import { openDatabase } from ${JSON.stringify(`${folder}/dist/library/store.js`)};
      openDatabase('db').connection().catch((error) => console.log(JSON.stringify(error)));`;
    expect(run(folder, script)).toMatchObject({ code: 'NATIVE_LIBRARY_MISSING', message: expect.stringContaining('@lancedb/lancedb') });
  });
});

describe('where the process may not load it', () => {
  const permission = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';

  test.each([['--allow-worker'], ['--allow-addons']])('Node started with %s alone', (flag) => {
    const result = run(wholeCopy(), CLASSIFY(wholeCopy()), permission, '--allow-fs-read=*', flag);
    expect(result).toMatchObject({ code: 'NATIVE_LIBRARY_MISSING', hint: expect.stringContaining('--allow-addons, --allow-worker') });
  });

  test('a working folder that was deleted', () => {
    const folder = wholeCopy();
    const leave = `import { mkdtempSync, rmdirSync } from 'node:fs';
      const gone = mkdtempSync(${JSON.stringify(join(folder, 'gone-'))});
      process.chdir(gone);
      rmdirSync(gone);
      await import('./classify.mjs');`;
    writeFileSync(join(folder, 'classify.mjs'), CLASSIFY(folder));
    expect(run(folder, leave)).toMatchObject({ code: 'NATIVE_LIBRARY_MISSING', hint: expect.stringContaining('working folder') });
  });

  test.skipIf(process.platform !== 'linux')('memory for no more threads', () => {
    const folder = wholeCopy();
    writeFileSync(join(folder, 'use.mjs'), CLASSIFY(folder));
    const { stdout } = spawnSync('bash', ['-c', 'ulimit -v 1500000; "$0" use.mjs', process.execPath], { cwd: folder, encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({ code: 'OUT_OF_MEMORY', hint: expect.stringContaining('ulimit -v') });
  });
});

let whole: string | undefined;
function wholeCopy(): string {
  whole ??= copyPackage();
  return whole;
}
