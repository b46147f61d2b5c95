/** Makes `npm test` and `npm run demo` work on a fresh clone: installs what the lock file says, and builds, where that is out of date. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isUpToDate } from './build-inputs.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const time = (path) => (existsSync(join(root, path)) ? statSync(join(root, path)).mtimeMs : 0);

function run(command, args) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}

if (time('node_modules/.package-lock.json') < time('package-lock.json')) {
  console.error('Installing what labelwise needs (npm ci) ...');
  run('npm', ['ci', '--no-audit', '--no-fund']);
}
if (!isUpToDate(root)) {
  console.error('Building (tsc) ...');
  run(process.execPath, [join(root, 'scripts/build.mjs')]);
}
