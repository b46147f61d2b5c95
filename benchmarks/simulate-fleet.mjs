/**
 * What a fleet does on paper, against a simulation: encoder and store are replaced by what was measured of them, and workers are taken away
 * as spot machines are. It backs the cost table of docs/guides/many-machines-runbook.md.
 *
 *   node benchmarks/simulate-fleet.mjs
 *
 * One worker has a core. Pictures of a shard are read and encoded; then the worker waits for its turn to commit, and has the next shard in
 * hand meanwhile, as src/jobs does. Time is simulated: nothing waits, and the same seed gives the same lines.
 */
import { createRandom } from './random.mjs';

/** Seconds of a core for a picture: ViT-B/32 in bfloat16, and its decode. */
const PICTURE = 0.057 + 0.05;
/** How unlike shards are: pictures differ in size. The sum of 512 of them differs little; this is what one machine differs from another. */
const SPREAD = 0.15;
/** Seconds of a commit, by rows of the table: the quickest of twelve that commit-growth.mjs measured at each size, on a machine that others used. */
const COMMIT = { least: 0.15, perMillionRows: 0.47, spread: 0.4 };
/** A worker is taken away every so many hours, and its shards run again after 14 s. */
const HOURS_BETWEEN_KILLS = 6;
const AGAIN_AFTER = 14;

/** Hours in which workers index so many pictures into one database, and what their cores did. */
function simulate({ pictures, workers, shard, seed }) {
  const random = createRandom(seed);
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const around = (median, spread) => median * Math.exp(spread * gaussian());
  const shards = Math.ceil(pictures / shard);
  let left = shards;
  const again = []; // times at which shards of killed workers can be taken
  const events = createHeap();
  const state = Array.from({ length: workers }, () => ({ holds: 0, dies: around(HOURS_BETWEEN_KILLS * 3600, 1) }));
  let turnFree = 0;
  let committed = 0;
  let kills = 0;
  let busy = 0;
  let waited = 0;
  let now = 0;
  const take = () => {
    const due = again.findIndex((at) => at <= now);
    if (due >= 0) return again.splice(due, 1).length > 0;
    if (left === 0) return false;
    left--;
    return true;
  };
  const encode = (worker) => {
    const one = state[worker];
    one.isFull = one.holds >= 2; // one waits for its commit, one is in work
    if (one.isFull) return;
    if (!take()) {
      one.idle = true;
      return;
    }
    one.idle = false;
    one.holds++;
    const seconds = around(PICTURE * shard, SPREAD);
    if (now + seconds > one.dies) {
      kills++;
      events.push(one.dies + AGAIN_AFTER, { kind: 'again', worker });
      busy += Math.max(0, one.dies - now);
      one.dies += around(HOURS_BETWEEN_KILLS * 3600, 1);
      return;
    }
    busy += seconds;
    events.push(now + seconds, { kind: 'encoded', worker });
  };
  for (let worker = 0; worker < workers; worker++) encode(worker);
  while (committed < shards) {
    const { at, event } = events.pop();
    now = at;
    if (event.kind === 'encoded') {
      const begins = Math.max(now, turnFree);
      waited += begins - now;
      turnFree = begins + around(COMMIT.least + (COMMIT.perMillionRows * committed * shard) / 1e6, COMMIT.spread);
      events.push(turnFree, { kind: 'committed', worker: event.worker });
      encode(event.worker);
    } else if (event.kind === 'committed') {
      committed++;
      state[event.worker].holds--;
      if (state[event.worker].isFull || state[event.worker].idle) encode(event.worker);
    } else {
      again.push(now);
      state[event.worker].holds--; // another machine in its place
      for (let worker = 0; worker < workers; worker++) if (worker === event.worker || state[worker].idle) encode(worker);
    }
  }
  return { hours: now / 3600, kills, coreHours: (workers * now) / 3600, busy: busy / (workers * now), waited: waited / shards };
}

function createHeap() {
  const items = [];
  const swap = (a, b) => ([items[a], items[b]] = [items[b], items[a]]);
  return {
    push(at, event) {
      items.push({ at, event });
      for (let i = items.length - 1; i > 0; ) {
        const up = (i - 1) >> 1;
        if (items[up].at <= items[i].at) return;
        swap(i, up);
        i = up;
      }
    },
    pop() {
      const [first] = items;
      const last = items.pop();
      if (items.length > 0) items[0] = last;
      for (let i = 0; ; ) {
        const [a, b] = [2 * i + 1, 2 * i + 2];
        let least = i;
        if (a < items.length && items[a].at < items[least].at) least = a;
        if (b < items.length && items[b].at < items[least].at) least = b;
        if (least === i) return first;
        swap(i, least);
        i = least;
      }
    },
  };
}

console.log('pictures | databases, at once | shard | workers | hours on paper | simulated | cores busy | kills | a commit waits');
for (const [pictures, databases, shard, workers, atOnce] of [
  [1e6, 1, 512, 100, 1],
  [1e7, 1, 512, 100, 1],
  [1e7, 1, 2048, 100, 1],
  [2.5e7, 1, 2048, 100, 1],
  [1e8, 10, 2048, 100, 4],
  [1e9, 100, 2048, 100, 4],
  [1e9, 100, 2048, 400, 4],
  [1e9, 100, 2048, 400, 20],
]) {
  const seeds = Array.from({ length: Math.min(databases, 3) }, (_, i) => i + 1); // databases are alike: some stand for all
  const each = seeds.map((seed) => simulate({ pictures: pictures / databases, workers: Math.floor(workers / atOnce), shard, seed }));
  const mean = (name) => each.reduce((sum, one) => sum + one[name], 0) / each.length;
  const paper = (pictures * PICTURE) / 3600 / workers;
  const hours = (mean('hours') * databases) / atOnce; // when one is full, its workers go on to the next
  console.log(
    [
      ...[pictures.toExponential(1), `${databases}, ${atOnce}`, shard, workers, paper.toFixed(1), hours.toFixed(1)],
      ...[mean('busy').toFixed(2), Math.round(mean('kills') * databases), `${mean('waited').toFixed(1)} s`],
    ].join(' | '),
  );
}
