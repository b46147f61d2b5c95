import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, ROOT } from '../fixtures/paths.js';
import { CAT } from '../fixtures/pictures.js';

/** An installation of its own, from which files can be taken away. */
let home: string;
beforeAll(() => {
  home = temporaryFolder();
  for (const name of ['dist', 'data', 'models', 'package.json']) cpSync(join(ROOT, name), join(home, name), { recursive: true });
  mkdirSync(join(home, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name === 'sharp') cpSync(join(ROOT, 'node_modules', name), join(home, 'node_modules', name), { recursive: true });
    else symlinkSync(join(ROOT, 'node_modules', name), join(home, 'node_modules', name));
  }
});

function classify(): Promise<{ code: number; stdout: string; stderr: string }> {
  const flags = ['classify', CAT, '--labels', 'cat, dog', '--model', CLIP_TINY, '--no-cache', '--json'];
  return new Promise((resolve) => {
    execFile(process.execPath, [join(home, 'dist/cli/main.js'), ...flags], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

test('a whole installation classifies', async () => expect((await classify()).code).toBe(0));

test.each([
  ['dist/bin/prepare-worker.js', 'prepare-worker.js is missing'],
  ['dist/images/resize/resize-kernel.wasm', 'resize-kernel.wasm is missing'],
  ['dist/bin/session-worker.js', 'session-worker.js is missing'],
  ['node_modules/@img', 'The native library of sharp (sharp) cannot be loaded'],
])('without %s the installation is named, and no image or model', async (missing, message) => {
  const kept = join(home, 'kept');
  cpSync(join(home, missing), kept, { recursive: true, verbatimSymlinks: true });
  rmSync(join(home, missing), { recursive: true });
  try {
    const { code, stdout, stderr } = await classify();
    expect(`${stdout}${stderr}`).toContain(message);
    expect(`${stdout}${stderr}`).toMatch(/Install the whole package again|Delete node_modules and run npm install/);
    expect(`${stdout}${stderr}`).not.toMatch(/damaged|cut short/i);
    expect(code).toBe(4);
  } finally {
    cpSync(kept, join(home, missing), { recursive: true, verbatimSymlinks: true });
    rmSync(kept, { recursive: true });
  }
});
