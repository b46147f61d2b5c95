/** Builds dist/ from src/ with plain tsc, the pixel kernel from assembly/ with AssemblyScript, and the command line's bundle. */
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleCli } from './bundle-cli.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
rmSync(`${root}/dist`, { recursive: true, force: true });
run('node_modules/typescript/bin/tsc');
run(
  'node_modules/assemblyscript/bin/asc.js',
  'assembly/resize-kernel.ts',
  ...['--outFile', 'dist/images/resize/resize-kernel.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
);
await bundleCli(root);
chmodSync(`${root}/dist/bin/labelwise.js`, 0o755);

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
