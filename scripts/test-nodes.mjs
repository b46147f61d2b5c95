/**
 * Runs the float16 export of tests/parity on several versions of Node, which the npm package `node` installs: node scripts/test-nodes.mjs [20 22 24 26].
 * Needs dist (npm run build) and the npm registry. Node 24 and later have Float16Array, which changes what onnxruntime-node takes.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24', '26'];
const check = fileURLToPath(new URL('../tests/fixtures/check-float16.mjs', import.meta.url));
let failed = 0;
for (const version of versions) {
  const { status, stdout, stderr } = spawnSync('npx', ['-y', `node@${version}`, check], { encoding: 'utf8' });
  console.log(`Node ${version}: ${status === 0 ? stdout.trim() : `failed\n${stderr}`}`);
  if (status !== 0) failed++;
}
console.log(`${versions.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
