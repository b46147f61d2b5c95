/** The main job, seen step by step: real photos, the embedded model, no network. `npm run demo` installs and builds first. */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from '../dist/cli/run-cli.js';

const cwd = resolve(fileURLToPath(new URL('..', import.meta.url)));
mkdirSync(`${cwd}/out`, { recursive: true });
const io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: { ...process.env, LABELWISE_DB: `${cwd}/out/demo-db` },
  cwd,
  signal: new AbortController().signal,
};

async function step(title, args) {
  console.log(`\n== ${title}\n$ npx labelwise ${args.map((arg) => (/[ {}]/.test(arg) ? `"${arg}"` : arg)).join(' ')}\n`);
  const code = await runCli(args, io);
  if (code !== 0) process.exit(code);
}

const labels = ['--labels-file', 'demo/labels.txt'];
await step('1. One photo, each step explained', ['classify', 'demo/photos/cat.jpg', ...labels, '--explain']);
await step('2. Labels kept in LanceDB under a name', ['labels', 'build', 'demo', ...labels, '--overwrite']);
await step('3. ... and searched there: the label, its distance', ['labels', 'search', 'demo', 'demo/photos/rocket.jpg', '--limit', '5']);
await step('4. A folder of photos, and a page with the pictures', [
  'classify',
  'demo/photos',
  ...labels,
  '--top-k',
  '3',
  '--html',
  'out/demo.html',
]);
console.log('\nOpen out/demo.html to see the photos beside their labels; it needs no network.');
console.log('Now try your own: npx labelwise classify photo.jpg --labels "cat, dog, red panda"');
