/**
 * Parity and accuracy of one build, as JSON: node measure-build.mjs BUILD DATA
 * BUILD is a folder with dist/ and its dependencies; DATA holds the data sets, of which those at hand are measured.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../processes.mjs';

const [build, data] = process.argv.slice(2);
const { createClassifier, loadEncoder, loadLabelSet } = await import(pathToFileURL(join(build, 'dist/index.js')).href);
const parity = join(ROOT, 'tests/parity');
const cosine = (a, b) => {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) [ab, aa, bb] = [ab + a[i] * b[i], aa + a[i] ** 2, bb + b[i] ** 2];
  return ab / Math.sqrt(aa * bb);
};

/** The lowest cosine with what Python gave, over texts and images of a tiny checkpoint. */
async function lowestCosine(model, golden) {
  const { texts, images } = JSON.parse(readFileSync(join(parity, golden), 'utf8'));
  const encoder = await loadEncoder({ model: join(parity, model), onWarning() {} });
  const embeddings = await encoder.encodeTexts(texts.map(({ text }) => text));
  const cosines = embeddings.map((embedding, i) => cosine(embedding, texts[i].text_embeds));
  for await (const outcome of encoder.encodeImages(images.map(({ file }) => join(parity, 'images', file)))) {
    if ('error' in outcome) throw outcome.error;
    cosines.push(cosine(outcome.embedding, images[outcome.index].image_embeds));
  }
  await encoder.close();
  return Math.min(...cosines);
}

/** The share of images whose first label is right. */
async function top1(labels, images) {
  const classifier = await createClassifier({ labels });
  let right = 0;
  for await (const { index, predictions, error } of classifier.classifyEach(
    images.map(({ path }) => path),
    { topK: 1 },
  )) {
    if (error) throw error;
    if (predictions[0].label === images[index].label) right++;
  }
  await classifier.close();
  return right / images.length;
}

const ofFolders = (folder) => {
  const labels = readdirSync(folder).sort();
  return [labels, labels.flatMap((label) => readdirSync(join(folder, label)).map((file) => ({ path: join(folder, label, file), label })))];
};

const SETS = {
  'imagenet-sample': async (folder) => {
    const { labels } = await loadLabelSet('imagenet-1k');
    const rows = readFileSync(join(folder, 'labels.tsv'), 'utf8').trim().split('\n').slice(1);
    const images = rows
      .map((row) => row.split('\t'))
      .map(([file, index]) => ({ path: join(folder, 'images', file), label: labels[index].name }));
    return [labels.map(({ name, promptName, synonyms }) => ({ label: name, promptName, synonyms })), images];
  },
  caltech101: ofFolders,
  cifar10: ofFolders,
};

const models = readdirSync(parity).filter((name) =>
  ['golden.json', 'tokenizer.json'].every((file) => existsSync(join(parity, name, file))),
);
const results = { parity: { 'clip-tiny': await lowestCosine('clip-tiny', 'golden.json') }, accuracy: {} };
for (const name of models) results.parity[name] = await lowestCosine(name, `${name}/golden.json`);
for (const [name, read] of Object.entries(SETS)) {
  const folder = join(data, name);
  if (existsSync(folder)) results.accuracy[name] = await top1(...(await read(folder)));
}
console.log(JSON.stringify(results));
process.exit(0);
