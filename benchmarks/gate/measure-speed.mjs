import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findPhotos } from '../peers.mjs';
import { median, ROOT } from '../processes.mjs';

const LABELS = 'cat, dog, espresso, rocket, astronaut, daisy, galaxy, palace, bicycle, bird';

/** Seconds of what users wait for, in both builds: in each round both run, in turn first, so that what the machine does besides hits both. */
export function measureSpeed({ baseline, scratch, rounds }) {
  const photos = findPhotos().slice(0, 100);
  const jobs = {
    'one photo with stored labels': (build) => seconds(build, ['classify', photos[0], '--labels', LABELS, '--json']),
    [`${photos.length} photos, nothing kept`]: (build) =>
      seconds(build, ['classify', ...photos, '--labels', LABELS, '--no-cache', '--json']),
  };
  return Object.entries(jobs).map(([what, job]) => {
    const builds = [ROOT, ...(baseline ? [baseline] : [])].map((build, i) => ({ dist: build, home: homeIn(scratch, `${i}`) }));
    for (const build of builds) job(build); // fills the caches of files and labels
    const pairs = Array.from({ length: rounds }, (_, round) => {
      const order = round % 2 === 0 ? builds : builds.toReversed();
      const times = new Map(order.map((build) => [build, job(build)]));
      return builds.map((build) => times.get(build));
    });
    const [now, before] = builds.map((_, i) => median(pairs.map((pair) => pair[i])));
    return { what, now, before, ratio: baseline && intervalOf(pairs.map(([ours, theirs]) => ours / theirs)) };
  });
}

function homeIn(scratch, name) {
  const home = join(scratch, `home-${name}`);
  mkdirSync(home, { recursive: true });
  return home;
}

function seconds({ dist, home }, args) {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [join(dist, 'dist/bin/labelwise.js'), ...args], {
    env: { ...process.env, LABELWISE_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(String(stderr));
  return (performance.now() - started) / 1000;
}

/** The median of ratios and its 95 % interval, from the order statistics: no assumption about how the ratios are spread. */
function intervalOf(ratios) {
  const sorted = ratios.toSorted((a, b) => a - b);
  const reach = 0.98 * Math.sqrt(sorted.length);
  const at = (rank) => sorted[Math.min(sorted.length - 1, Math.max(0, rank))];
  return { median: median(ratios), low: at(Math.floor(sorted.length / 2 - reach)), high: at(Math.ceil(sorted.length / 2 + reach) - 1) };
}
