/**
 * Images per second of two builds, in turn: `node benchmarks/compare-builds.mjs OTHER_ROOT [ROUNDS] [IMAGES]`. The list, the stream and
 * parallel calls are measured, each round in a process of its own. Wall time depends on the machine's other work; processor time less so.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jsonOf, median, ROOT } from './processes.mjs';

const [first, rounds = '7', images = '192', root, way] = process.argv.slice(2);
if (way === undefined) compare();
else await measure();

function compare() {
  const rows = ['list', 'stream', 'calls'].map((name) => {
    const [other, own] = [[], []];
    for (let round = 0; round < Number(rounds); round++) {
      const order = round % 2 === 0 ? [other, own] : [own, other];
      for (const kept of order)
        kept.push(jsonOf(fileURLToPath(import.meta.url), [first, rounds, images, kept === own ? ROOT : first, name]));
    }
    const ratio = (key) => median(own.map((run, i) => run[key] / other[i][key])).toFixed(3);
    const of = (runs, key) => median(runs.map((run) => run[key])).toFixed(2);
    return { way: name, 'wall other': of(other, 'wall'), wall: of(own, 'wall'), 'ratio wall': ratio('wall'), 'ratio cpu': ratio('cpu') };
  });
  console.table(rows);
}

async function measure() {
  const { createClassifier } = await import(join(root, 'dist/index.js'));
  const folder = join(ROOT, 'demo/photos');
  const photos = readdirSync(folder).map((name) => join(folder, name));
  const sources = Array.from({ length: Number(images) }, (_, i) => photos[i % photos.length]);
  const classifier = await createClassifier({ labels: ['cat', 'dog'] });
  await classifier.classify(photos);
  async function* stream() {
    yield* sources;
  }
  const ways = {
    list: () => classifier.classify(sources),
    async stream() {
      for await (const item of classifier.classifyEach(stream())) if ('error' in item) throw item.error;
    },
    calls: () => Promise.all(Array.from({ length: 8 }, (_, i) => classifier.classify(sources.filter((_, place) => place % 8 === i)))),
  };
  const [before, at] = [process.cpuUsage(), performance.now()];
  await ways[way]();
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ wall: (performance.now() - at) / 1000, cpu: (user + system) / 1e6 }));
  await classifier.close();
}
