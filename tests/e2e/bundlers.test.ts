import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { VERSION } from '../../dist/files/package-root.js';
import { spawnNode } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { IMAGES, ROOT } from '../fixtures/paths.js';

const PHOTO = `${IMAGES}/chelsea.png`;
const ANSWER = { label: 'cat', width: 451, labels: 10 };

async function bundle(folder: string, name: string, options: BuildOptions): Promise<string> {
  const outfile = join(folder, name);
  const entryPoints = [`${ROOT}tests/fixtures/bundled-app.ts`];
  await build({ entryPoints, bundle: true, platform: 'node', outfile, logLevel: 'silent', ...options });
  return outfile;
}

/** A folder with labelwise in node_modules: the whole package, or a package.json alone. */
function appFolder(installed?: { version: string } | 'labelwise'): string {
  const folder = temporaryFolder();
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  if (installed === 'labelwise') symlinkSync(ROOT, join(modules, 'labelwise'), 'junction');
  else if (installed) {
    mkdirSync(join(modules, 'labelwise'));
    writeFileSync(join(modules, 'labelwise/package.json'), JSON.stringify({ name: 'labelwise', ...installed }));
  }
  return folder;
}

describe('a program that esbuild bundled', () => {
  let folder: string;
  beforeAll(() => {
    folder = appFolder('labelwise');
  });

  test.each<[string, string, BuildOptions]>([
    ['ESM with external packages', 'external.mjs', { format: 'esm', packages: 'external' }],
    ['CommonJS with external packages', 'external.cjs', { format: 'cjs', packages: 'external' }],
    ['ESM with everything inside', 'whole.mjs', { format: 'esm' }],
    ['CommonJS with everything inside, minified', 'whole.cjs', { format: 'cjs', minify: true }],
  ])('runs as %s, with the files of the installed package', async (_how, name, options) => {
    const { stdout, stderr } = await spawnNode([await bundle(folder, name, options), PHOTO], { cwd: folder });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(ANSWER);
  });
});

test.each([
  ['labelwise is not installed', undefined],
  ['another version of labelwise is installed', { version: '0.0.1' }],
])('a bundle that runs where %s names the setting of the bundler', async (_where, installed) => {
  const folder = appFolder(installed);
  const main = await bundle(folder, 'app.mjs', { format: 'esm' });
  const { code, stderr } = await spawnNode([main, PHOTO], { cwd: folder });
  expect(code).toBe(1);
  expect(stderr).toMatch(/PACKAGE_INCOMPLETE: .*labelwise [\d.]+ is not installed where the bundle runs.*--external:labelwise/s);
});

test('a package that was copied in part names the file that is missing', async () => {
  const folder = appFolder({ version: VERSION });
  const main = await bundle(folder, 'app.mjs', { format: 'esm' });
  const { code, stderr } = await spawnNode([main, PHOTO], { cwd: folder, env: { ...process.env, NODE_PATH: `${ROOT}node_modules` } });
  expect(code).toBe(1);
  expect(stderr).toMatch(/PACKAGE_INCOMPLETE: .*labelwise.\S+ is missing: .*outputFileTracingIncludes/s);
});
