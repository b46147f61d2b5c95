/**
 * Groups and their names, beside scikit-learn on the same embeddings: agreement with classes (adjusted Rand index), names right at 1 and 3, and the
 * time for 50,000 rows.
 *
 *   LABELWISE_DATA=folder PYTHON=python node benchmarks/discover.mjs [ROWS]
 *
 * The folder holds caltech101/, caltech101-train/, imagenet-sample/ and coco-captions/. Python has scikit-learn. A name is right if it is a class's
 * own (or holds it, or is held by it), or if WordNet puts one under the other; a group's class is that of most of its images. ImageNet's classes are
 * the everyday words above them, those of COCO the object that most captions name. ROWS rows (50,000) are the real ones with noise.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findOddRows } from '../dist/core/grouping/find-odd-rows.js';
import { groupRows } from '../dist/core/grouping/group-rows.js';
import { nameGroups } from '../dist/core/grouping/name-groups.js';
import { openMatrixProduct } from '../dist/encoders/onnx/open-matrix-product.js';
import { randomIntegers } from '../dist/eval/measures/random-integers.js';
import { loadConcepts, loadVocabulary } from '../dist/home/data-files.js';
import { loadEncoder } from '../dist/index.js';
import { placeImages } from '../dist/tasks/discover/place-images.js';

const DATA = process.env.LABELWISE_DATA ?? '../shared/data';
const PYTHON = process.env.PYTHON ?? 'python3';
const ROWS = Number(process.argv[2] ?? 50_000);
const PEER = fileURLToPath(new URL('peers/group_rows.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'labelwise-discover-'));
const { multiply, close } = await openMatrixProduct();
const encoder = await loadEncoder();
const words = await loadVocabulary();
const concepts = await loadConcepts();
const vectors = await encoder.encodeTexts(words.map((word) => `a photo of ${/^[aeiou]/i.test(word) ? 'an' : 'a'} ${word}.`));

/** The class names of Caltech-101 that are no words for what they show. */
const SAID = {
  Faces: ['face', 'person', 'people', 'portrait'],
  Faces_easy: ['face', 'person', 'people', 'portrait'],
  Leopards: ['leopard'],
  Motorbikes: ['motorcycle'],
  airplanes: ['airplane'],
  car_side: ['car'],
  cougar_body: ['cougar'],
  cougar_face: ['cougar'],
  crocodile_head: ['crocodile'],
  flamingo_head: ['flamingo'],
  hawksbill: ['sea turtle'],
  gerenuk: ['antelope'],
  ketch: ['sailboat', 'boat'],
  brontosaurus: ['dinosaur'],
  stegosaurus: ['dinosaur'],
  snoopy: ['cartoon', 'comic book'],
  garfield: ['cartoon', 'comic book'],
};

const photosOf = {
  'Caltech-101': () =>
    ['caltech101', 'caltech101-train'].flatMap((set) =>
      readdirSync(`${DATA}/${set}`, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .flatMap(({ name }) =>
          readdirSync(`${DATA}/${set}/${name}`).map((file) => ({
            path: `${DATA}/${set}/${name}/${file}`,
            label: name,
            names: SAID[name] ?? [name.replaceAll('_', ' ')],
          })),
        ),
    ),
  'ImageNet sample, everyday words': () => {
    const above = Object.entries(JSON.parse(readFileSync(`${DATA}/imagenet-sample/everyday-words.json`, 'utf8')));
    const [, ...rows] = readFileSync(`${DATA}/imagenet-sample/labels.tsv`, 'utf8').trim().split('\n');
    return rows.flatMap((row) => {
      const [file, index] = row.split('\t');
      const [word] = above.filter(([, classes]) => classes.includes(Number(index))).sort((a, b) => a[1].length - b[1].length)[0] ?? [];
      return word === undefined ? [] : [{ path: `${DATA}/imagenet-sample/images/${file}`, label: word, names: [word] }];
    });
  },
  COCO: () => {
    const { images } = JSON.parse(readFileSync(`${DATA}/coco-captions/captions.json`, 'utf8'));
    return images.flatMap(({ file, captions, objects }) => {
      const said = (object) => captions.filter((caption) => caption.toLowerCase().includes(object)).length;
      const [label] = objects.toSorted((x, y) => said(y) - said(x));
      return label === undefined || said(label) === 0 ? [] : [{ path: `${DATA}/coco-captions/images/${file}`, label, names: [label] }];
    });
  },
};

const places = new Map();
for (const [at, [names]] of concepts.entries()) for (const name of names.split('|')) places.set(name, [...(places.get(name) ?? []), at]);
const senses = (name) => places.get(name.toLowerCase()) ?? places.get(name.toLowerCase().replace(/s$/, '')) ?? [];
const rise = (from) => {
  const reached = new Set(from);
  for (const at of reached) for (const above of concepts[at].slice(1)) reached.add(above);
  return reached;
};
const plain = (text) =>
  text
    .toLowerCase()
    .replace(/[^a-z ]/g, ' ')
    .replace(/s\b/g, '')
    .trim();
const holds = (text, part) => ` ${plain(text)} `.includes(` ${plain(part)} `);
const isRight = (name, names) =>
  names.some(
    (one) =>
      holds(name, one) ||
      holds(one, name) ||
      senses(name).some((at) => rise(senses(one)).has(at)) ||
      senses(one).some((at) => rise(senses(name)).has(at)),
  );

function randIndex(a, b) {
  const pairs = (count) => (count * (count - 1)) / 2;
  const count = (keys) => {
    const counts = new Map();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [...counts.values()].reduce((sum, one) => sum + pairs(one), 0);
  };
  const [both, ofA, ofB] = [count(a.map((group, i) => `${group} ${b[i]}`)), count(a), count(b)];
  const expected = (ofA * ofB) / pairs(a.length);
  return (both - expected) / ((ofA + ofB) / 2 - expected);
}

const toMatrix = (rows) => {
  const dimension = rows[0].length;
  const values = new Float32Array(rows.length * dimension);
  for (const [i, row] of rows.entries()) values.set(row, i * dimension);
  return { values, rows: rows.length, dimension };
};

/** The groups of a peer: -1 is none. */
function askPython(matrix, groups, method) {
  const file = join(folder, 'rows.f32');
  writeFileSync(file, new Uint8Array(matrix.values.buffer, matrix.values.byteOffset, matrix.values.byteLength));
  const { stdout, stderr, status } = spawnSync(PYTHON, [PEER, file, matrix.dimension, groups, method].map(String), {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

async function namesOf(matrix, groupOf) {
  const numbers = [...new Set(groupOf)].filter((group) => group >= 0);
  const dense = Int32Array.from(groupOf, (group) => numbers.indexOf(group));
  const named = await nameGroups(matrix, dense, { words, vectors, concepts, scale: encoder.info.logitScale, others: 2, multiply });
  return { dense, names: named.map(({ word, others }) => [word, ...others].map((one) => words[one])) };
}

/** Of the groups, how many names are right, the first or one of three; and the same with the nearest words of the group's middle. */
async function judge(matrix, groupOf, photos) {
  const { dense, names } = await namesOf(matrix, groupOf);
  const nearest = names.map((_, group) => {
    const middle = new Float64Array(matrix.dimension);
    for (const [row, own] of dense.entries())
      if (own === group) for (let k = 0; k < middle.length; k++) middle[k] += matrix.values[row * middle.length + k];
    const scores = vectors.map((vector) => vector.reduce((sum, value, k) => sum + value * middle[k], 0));
    return [...scores.keys()]
      .sort((a, b) => scores[b] - scores[a])
      .slice(0, 3)
      .map((word) => words[word]);
  });
  const classOf = names.map((_, group) => {
    const own = photos.filter((_photo, row) => dense[row] === group);
    const counts =
      Map.groupBy?.(own, ({ label }) => label) ??
      own.reduce((map, photo) => map.set(photo.label, [...(map.get(photo.label) ?? []), photo]), new Map());
    return [...counts.values()].sort((a, b) => b.length - a.length)[0][0];
  });
  const share = (all, count) =>
    (all.filter((own, group) => own.slice(0, count).some((name) => isRight(name, classOf[group].names))).length / all.length).toFixed(3);
  return {
    'names at 1': share(names, 1),
    'at 3': share(names, 3),
    'nearest word at 1': share(nearest, 1),
    'nearest at 3': share(nearest, 3),
  };
}

async function measure(work) {
  const [wall, processor] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const used = process.cpuUsage(processor);
  return { result, wall: (performance.now() - wall) / 1000, processor: (used.user + used.system) / 1e6 };
}

const everything = [];
for (const [name, list] of Object.entries(photosOf)) {
  const photos = list();
  const rows = [];
  for await (const outcome of encoder.encodeImages(photos.map(({ path }) => path))) rows.push(outcome.embedding);
  everything.push(...rows);
  const matrix = toMatrix(rows);
  const labels = photos.map(({ label }) => label);
  const groups = new Set(labels).size;
  const table = {};
  const add = async (title, groupOf) => {
    const none = groupOf.filter((group) => group < 0).length;
    table[title] = {
      'adjusted Rand index': randIndex([...groupOf], labels).toFixed(3),
      'in no group': none,
      ...(await judge(matrix, groupOf, photos)),
    };
  };
  const own = await groupRows(matrix, { groups, random: randomIntegers(0), multiply });
  await add('labelwise', [...own.groupOf]);
  await add('scikit-learn KMeans, best of 4 starts', askPython(matrix, groups, 'kmeans').groups);
  await add('scikit-learn HDBSCAN', askPython(matrix, groups, 'hdbscan').groups);
  const usual = Math.round(Math.sqrt(rows.length));
  const byDefault = await groupRows(matrix, { groups: usual, random: randomIntegers(0), multiply });
  await add(`labelwise, ${usual} groups as by default`, [...byDefault.groupOf]);
  console.log(`${name}: ${photos.length} photos, ${groups} classes; ${findOddRows(own.groupOf, own.similarities).length} odd`);
  console.table(table);
}

const random = randomIntegers(1);
const noisy = Array.from({ length: ROWS }, (_, i) => {
  const row = Float32Array.from(everything[i % everything.length], (value) => value + ((random(2001) - 1000) / 1000) * 0.03);
  const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  return row.map((value) => value / length);
});
const large = toMatrix(noisy);
const groups = Math.min(100, Math.round(Math.sqrt(ROWS)));
const grouped = await measure(() => groupRows(large, { groups, random: randomIntegers(0), multiply }));
const named = await measure(() => namesOf(large, [...grouped.result.groupOf]));
const sample = Array.from({ length: Math.min(1500, ROWS) }, (_, i) => Math.floor((i * ROWS) / Math.min(1500, ROWS)));
const mapped = await measure(() =>
  placeImages(toMatrix(sample.map((row) => noisy[row])), {
    groups: sample.map((row) => grouped.result.groupOf[row]),
    random: randomIntegers(0),
    multiply,
  }),
);
const peer = askPython(large, groups, 'kmeans-once');
const seconds = ({ wall, processor }) => ({ 'wall, s': wall.toFixed(1), 'processor, s': processor.toFixed(1) });
console.log(`${ROWS} rows of ${large.dimension} dimensions, ${groups} groups`);
console.table({
  groups: seconds(grouped),
  names: seconds(named),
  'map of 1,500': seconds(mapped),
  'scikit-learn KMeans, one start': seconds(peer),
});
await encoder.close();
await close();
