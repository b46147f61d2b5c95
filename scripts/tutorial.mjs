/** Compiles examples/tutorial.ts and runs it from the project's root. `npm run tutorial` installs and builds first. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const [source] = process.argv.slice(2);
if (source !== undefined && existsSync(source)) process.argv[2] = resolve(source);
process.chdir(root);
const options = [
  '--outDir',
  'out/tutorial',
  '--rootDir',
  'examples',
  '--module',
  'nodenext',
  '--target',
  'es2022',
  '--skipLibCheck',
  '--types',
  'node',
];
const tsc = [
  `${root}/node_modules/typescript/bin/tsc`,
  'examples/tutorial.ts',
  '--ignoreConfig',
  '--lib',
  'es2023,esnext.disposable',
  ...options,
];
const { status } = spawnSync(process.execPath, tsc, { stdio: ['ignore', 2, 2] });
if (status !== 0) process.exit(status ?? 1);
await import(pathToFileURL(`${root}/out/tutorial/tutorial.js`).href).catch((error) => {
  if (error?.code === undefined || error.hint === undefined) throw error;
  console.error(`error: ${error.message}\nhint: ${error.hint}`);
  process.exitCode = 1;
});
