import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { median, secondsOf } from './processes.mjs';

const LABELS = 'cat, dog, espresso, rocket, astronaut, daisy, galaxy, palace, bicycle, bird';

/** Seconds from process start to the answer, and of a second run over 1,000 photos with other labels. */
export function measureStart(photos, home) {
  const one = (...flags) => secondsOf(['classify', photos[0], '--labels', LABELS, '--ndjson', ...flags]);
  const node = () => {
    const started = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    return (performance.now() - started) / 1000;
  };
  const first = one();
  const times = { node: [], stored: [], unseen: [] };
  for (let round = 0; round < 9; round++) {
    times.node.push(node());
    times.stored.push(one());
    const fresh = join(home, `fresh-${round}.jpg`);
    const made = spawnSync(process.execPath, [
      '-e',
      `require('sharp')(process.argv[1]).rotate(${round}).jpeg().toFile(process.argv[2])`,
      photos[1],
      fresh,
    ]);
    if (made.status !== 0) throw new Error(String(made.stderr));
    const started = performance.now();
    secondsOf(['classify', fresh, '--labels', LABELS, '--ndjson']);
    times.unseen.push((performance.now() - started) / 1000);
  }
  const folder = join(home, 'thousand');
  mkdirSync(folder);
  for (let i = 0; i < 1000; i++) copyFileSync(photos[i % photos.length], join(folder, `${i}.jpg`));
  const thousand = secondsOf(['classify', folder, '--labels', LABELS, '--ndjson']);
  const again = [1, 2, 3].map((i) =>
    secondsOf(['classify', folder, '--labels', `${LABELS}, thing ${i}`, '--template', 'a picture of {}', '--ndjson']),
  );
  return {
    'node alone': median(times.node),
    'first run: one photo, 10 new labels': first,
    'one photo that was seen, stored labels': median(times.stored),
    'one new photo, stored labels': median(times.unseen),
    [`1,000 photos (${Math.min(1000, photos.length)} different), first run`]: thousand,
    'the same 1,000 photos, other labels and prompts': median(again),
  };
}
