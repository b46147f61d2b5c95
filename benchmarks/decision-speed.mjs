// Times tags that are decided one by one beside the plain tags of another build, over the same embeddings and in turns:
// node benchmarks/decision-speed.mjs FOLDER_OF_THE_OTHER_BUILD [images]
import { resolve } from 'node:path';
import { createLabelTest } from '../dist/core/decisions/several-labels.js';
import { toMatrix } from '../dist/core/matrix-product.js';
import { tagCollection } from '../dist/core/tag-collection.js';
import { openMatrixProduct } from '../dist/encoders/onnx/open-matrix-product.js';

const [other, count = '50000'] = process.argv.slice(2);
const [images, labels, dimension, block] = [Number(count), 1000, 512, 2000];
const { tagCollection: tagPlainly } = await import(resolve(other, 'dist/core/tag-collection.js'));

const random = (seed) => Math.abs((Math.sin(seed * 12.9898) * 43758.5453) % 1) - 0.5;
const vectors = (n, seed) =>
  Array.from({ length: n }, (_, i) => {
    const values = Float32Array.from({ length: dimension }, (_, j) => random(seed + i * dimension + j + 1));
    const length = Math.hypot(...values);
    return values.map((value) => value / length);
  });
const classEmbeddings = { vectors: vectors(labels, 0), labelSet: { labels: Array.from({ length: labels }, (_, i) => ({ name: `${i}` })) } };
const embeddings = toMatrix(vectors(block, 1e6));
const collection = {
  async *blocks() {
    for (let from = 0; from < images; from += block)
      yield { images: Array.from({ length: block }, (_, i) => ({ contentHash: `${from + i}`, imageId: `${from + i}` })), embeddings };
  },
  async *embeddings() {
    for (let from = 0; from < images; from += block)
      yield { contentHashes: Array.from({ length: block }, (_, i) => `${from + i}`), embeddings };
  },
};
const { multiply, close } = await openMatrixProduct({ threads: 1 });
const rule = { scoring: 'softmax', logitScale: 20, logitBias: 0, minProbability: 0.5, topK: 5 };
const runs = {
  plain: () => tagPlainly(collection, classEmbeddings, { rule, multiply }),
  decided: () => {
    const tagger = createLabelTest(classEmbeddings.vectors, vectors(100, 2e6), { logitScale: 36, minProbability: 0.8, topK: 5 });
    return tagCollection(collection, classEmbeddings, { tagger, multiply });
  },
};
const times = { plain: [], decided: [] };
for (let round = 0; round < 5; round++)
  for (const [name, run] of Object.entries(runs)) {
    const from = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(from);
    times[name].push((user + system) / 1000); // processor time: other programs may be busy
  }
await close();
const median = (values) => values.toSorted((a, b) => a - b)[2];
const [plain, decided] = [median(times.plain), median(times.decided)];
console.log(
  `${images} images x ${labels} labels: plain ${plain.toFixed(0)} ms of processor time, decided one by one ${decided.toFixed(0)} ms, ${(decided / plain).toFixed(2)} times as long`,
);
