/**
 * Builds dist/ from src/ with plain tsc, the kernels of assembly/ with AssemblyScript, the command line's bundle, and the page of web/. The build
 * is made in a folder of its own and then takes dist's place, so that a program that runs from dist, such as a test run, never sees half of it.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hashInputs, noteIn } from './build-inputs.mjs';
import { buildWeb } from './build-web.mjs';
import { bundleCli } from './bundle-cli.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [fresh, old] = [`${root}dist-new-${process.pid}`, `${root}dist-old-${process.pid}`];
process.on('exit', () => {
  for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
});

const inputs = hashInputs(root); // before it is built: what changes meanwhile is built the next time
run('node_modules/typescript/bin/tsc', '--outDir', fresh);
for (const [source, target] of [
  ['resize-kernel', 'images/resize/resize-kernel'],
  ['scan-kernel', 'store/rounded/scan-kernel'],
  ['bounds-kernel', 'tasks/tags/bounds-kernel'],
])
  run(
    'node_modules/assemblyscript/bin/asc.js',
    `assembly/${source}.ts`,
    ...['--outFile', `${fresh}/${target}.wasm`, '-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
  );
await bundleCli(root, fresh);
await buildWeb(root, fresh);
chmodSync(`${fresh}/bin/labelwise.js`, 0o755);
writeFileSync(noteIn(fresh), inputs);
if (existsSync(`${root}dist`)) renameSync(`${root}dist`, old);
renameSync(fresh, `${root}dist`);

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
