/**
 * Memory of several label lists on one model: node benchmarks/shared-model.mjs [LISTS] [LABELS]
 * Prints resident memory after each list, once with a classifier (and so a model) for each list, once with one shared encoder.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createClassifier, loadEncoder } from '../dist/index.js';

const [lists = '5', labels = '1000', mode] = process.argv.slice(2);
const CAT = fileURLToPath(new URL('../tests/parity/images/chelsea.png', import.meta.url));
const list = (n) => Array.from({ length: Number(labels) }, (_, i) => `thing ${n * Number(labels) + i}`);
const residentMb = () => Math.round(process.memoryUsage.rss() / 1e6);

if (mode === undefined) {
  for (const how of ['a model for each list', 'one shared model']) {
    const { stdout } = spawnSync(process.execPath, ['--expose-gc', process.argv[1], lists, labels, how], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    console.log(`${how}: ${stdout.trim()}`);
  }
} else {
  const encoder = mode === 'one shared model' ? await loadEncoder() : undefined;
  const sizes = [];
  for (let n = 0; n < Number(lists); n++) {
    const classifier = await createClassifier({ encoder, labels: list(n) });
    await classifier.classify(CAT);
    globalThis.gc();
    sizes.push(residentMb());
  }
  console.log(`${sizes.join(', ')} MB resident after each of ${lists} lists of ${labels} labels`);
  process.exit(0);
}
