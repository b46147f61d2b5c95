#!/usr/bin/env bash
# One would expect: sharp.cache() and sharp.concurrency(), once set, stay set; a library that loads sharp in a worker thread of its own changes
# nothing for the program around it.
# sharp 0.35.5, Node 20: libvips has one cache and one pool of threads for the whole process, and sharp's module sets both to its defaults each
# time it is loaded, so once more in each worker thread (and once more where both its CommonJS and its ES module are loaded).
# Seen: items 7 and 3 threads become 100 items and 1 thread as soon as a worker has imported sharp.
# It matters: a program that switched the cache off for its memory's sake has it back, silently, and twice the threads or half of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund sharp@0.35.5
cat > see.mjs <<'JS'
import { Worker } from 'node:worker_threads';
import sharp from 'sharp';
sharp.cache({ items: 7 });
sharp.concurrency(3);
const settings = () => `${sharp.cache().items.max} items, ${sharp.concurrency()} threads`;
const before = settings();
const worker = new Worker(`import('sharp')`, { eval: true });
await new Promise((resolve) => worker.on('exit', resolve));
console.log(`before: ${before}; after a thread has loaded sharp: ${settings()}`);
process.exit(before === '7 items, 3 threads' && settings().startsWith('100 items') ? 0 : 1);
JS
node see.mjs
