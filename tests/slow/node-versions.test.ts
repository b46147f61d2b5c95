import { execFile } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { MAIN } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

const run = promisify(execFile);

/** Installs the newest Node of a major version from the npm package "node", and gives its program. */
async function installNode(major: number): Promise<string> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }));
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', `node@${major}`];
  await run('npm', args, { cwd: folder, shell: process.platform === 'win32', timeout: 240_000 });
  const node = join(folder, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const { stdout } = await run(node, ['--version']);
  expect(stdout).toMatch(new RegExp(`^v${major}\\.`));
  return node;
}

describe.each([22, 24, 26])('Node %i', (major) => {
  test('runs a float16 export, and classifies, indexes and searches photos with the embedded model (skipped if npm cannot install this Node)', async ({
    skip,
  }) => {
    const node = await installNode(major).catch((error: Error) => skip(`Node ${major} cannot be installed here: ${error.message}`));
    await run(node, [join(ROOT, 'tests/fixtures/check-float16.mjs')]);
    const folder = temporaryFolder();
    cpSync(`${ROOT}demo/photos`, join(folder, 'photos'), { recursive: true });
    const labelwise = async (...args: string[]) => (await run(node, [MAIN, ...args], { cwd: folder })).stdout;
    const rows = JSON.parse(await labelwise('classify', 'photos/rocket.jpg', '--labels', 'cat, dog, rocket', '--json'));
    expect(rows[0].predictions[0].label).toBe('rocket');
    await labelwise('index', 'photos', '--db', 'db');
    expect(await labelwise('search', 'a cat', '--db', 'db', '--top-k', '1', '--json')).toContain('cat.jpg');
  });
});
