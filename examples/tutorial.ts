/** The whole story, step by step: docs/guides/tutorial.md explains each. `npm run tutorial [DATA]` runs it. */
import { existsSync } from 'node:fs';
import {
  buildClassEmbeddings,
  createLabelSet,
  createZeroShotClassifier,
  dotProduct,
  fillTemplate,
  loadEncoder,
  loadLabelSet,
  norm,
  parseTemplate,
} from 'labelwise';
import { openDataset, randomIndex } from 'labelwise/datasets';
import { DEFAULT_IMAGE_LIMITS, decodeImage, readImageBytes } from 'labelwise/encoders';
import { openDatabase, openLabelDatabase } from 'labelwise/store';

const title = (text: string): void => console.log(`\n== ${text}`);
async function firstOf<T>(items: AsyncIterable<T>): Promise<T> {
  for await (const item of items) return item;
  throw new Error('there is nothing');
}
const percent = (part: number, all: number): string => `${((100 * part) / all).toFixed(1)} % (${part} of ${all})`;

title('1. Load a split');
// #region load
const mini = `${process.env.LABELWISE_DATA ?? '../shared/data'}/cifar100-mini`;
const source = process.argv[2] ?? (existsSync(mini) ? mini : 'demo/photos.csv');
const isDemo = source === 'demo/photos.csv';
if (isDemo) console.log('CIFAR-100 is not here: six free photos stand in for it. For CIFAR-100 itself: npm run tutorial uoft-cs/cifar100');
const others = ['dog', 'tea', 'planet', 'rose', 'palace', 'bicycle', 'bird', 'mountain'];
const dataset = await openDataset(
  source,
  isDemo ? { labelNames: ['cat', 'coffee', 'dahlia', 'galaxy', 'rocket', 'temple', ...others] } : {},
);
console.log(`${dataset.name}, split ${dataset.split ?? '-'}: ${dataset.size} images, ${dataset.labelNames.length} labels`);
// #endregion

title('2. See its labels');
// #region labels
const cifar = await loadLabelSet('cifar100');
const isCifar = cifar.labels.every(({ name }, i) => name === dataset.labelNames[i]);
const labelSet = isCifar ? cifar : createLabelSet(dataset.labelNames);
for (let i = 0; i < dataset.labelNames.length; i += 10) console.log(dataset.labelNames.slice(i, i + 10).join(', '));
const corrected = labelSet.labels.filter((label) => label.promptName !== label.name);
console.log(`corrected in prompts: ${corrected.map((label) => label.promptName).join(', ') || 'none'}`);
// #endregion

title('3. Build prompts');
// #region prompts
const template = parseTemplate('a photo of {a} {}.');
const prompts = labelSet.labels.map((label) => fillTemplate(template, label.promptName));
for (const prompt of prompts.slice(0, 3)) console.log(prompt);
// #endregion

title('4. Tokens: what the text tower reads');
// #region tokens
await using encoder = await loadEncoder();
const tokenizer = await encoder.tokenizer();
const tokenized = prompts.slice(0, 2).map((prompt) => tokenizer.tokenize(prompt).ids);
const longest = Math.max(...tokenized.map((ids) => ids.length));
for (const ids of tokenized) {
  const padding = longest - ids.length;
  console.log(`ids     ${[...ids, ...Array(padding).fill(tokenizer.rules.padTokenId)].join(' ')}`);
  console.log(`mask    ${[...ids.map(() => 1), ...Array(padding).fill(0)].join(' ')}`);
  console.log(`tokens  ${tokenizer.tokensOf(ids).join(' ')}`);
  console.log(`decoded ${tokenizer.decode(ids)}`);
}
console.log(`shape   [${tokenized.length}, ${longest}], at most ${tokenizer.rules.maxLength} tokens`);
// #endregion

title('5. Embed the prompts');
// #region embed
const texts = await encoder.encodeTexts(prompts); // [labels][dimension], each of length 1
const dimension = texts[0]?.length ?? 0;
console.log(`shape   [${texts.length}, ${dimension}]`);
console.log(
  `lengths ${texts
    .slice(0, 4)
    .map((text) => norm(text).toFixed(6))
    .join(' ')} ...`,
);
// #endregion

title('6. Normalise along the right axis');
// #region axis
/** The mistake to avoid: every dimension is scaled over all labels, and no label's vector has length 1 afterwards. */
function normalizeColumns(rows: readonly Float32Array[]): Float32Array[] {
  const lengths = Array.from({ length: dimension }, (_, d) => norm(Float32Array.from(rows, (row) => row[d] as number)) || 1);
  return rows.map((row) => row.map((value, d) => value / (lengths[d] as number)));
}
const wrong = normalizeColumns(texts);
const wrongLengths = wrong.map(norm);
console.log(`right axis: every length is 1`);
console.log(`wrong axis: lengths from ${Math.min(...wrongLengths).toFixed(2)} to ${Math.max(...wrongLengths).toFixed(2)}`);
// #endregion

title('7. Pick a random image and see it');
// #region pick
const index = randomIndex(dataset.size, 1);
const picked = await firstOf(dataset.examples({ from: index }));
if ('error' in picked) throw picked.error; // a row without an image or a label
const truth = picked.labels.map((place) => dataset.labelNames[place]).join(', ');
const image = await decodeImage(await readImageBytes(picked.image, DEFAULT_IMAGE_LIMITS), DEFAULT_IMAGE_LIMITS);
console.log(`${picked.id}: ${truth}, ${image.width} x ${image.height} pixels`);
const [columns, rows] = [48, Math.round((24 * image.height) / image.width)];
for (let y = 0; y < rows; y++) {
  const line = Array.from({ length: columns }, (_, x) => {
    const pixel = Math.floor(((y + 0.5) * image.height) / rows) * image.width + Math.floor(((x + 0.5) * image.width) / columns);
    const light = [0, 1, 2].reduce((sum, channel) => sum + (image.data[pixel * 3 + channel] as number), 0) / 766;
    return ' .:-=+*#%@'[Math.floor(light * 10)];
  });
  console.log(line.join('').trimEnd());
}
// #endregion

title('8. Embed it, and rank the labels');
// #region rank
const outcome = await firstOf(encoder.encodeImages([picked.image]));
if ('error' in outcome) throw outcome.error; // an image that cannot be decoded
/** Squared Euclidean distance, as a database takes by default: for vectors of length 1 it is 2 - 2 x cosine, and the order is that of the cosine. */
const distance = (a: Float32Array, b: Float32Array): number => dotProduct(a, a) - 2 * dotProduct(a, b) + dotProduct(b, b);
const nearest = (vectors: readonly Float32Array[], embedding: Float32Array): string[] =>
  vectors
    .map((vector, i) => ({ label: dataset.labelNames[i] as string, distance: distance(vector, embedding) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 5)
    .map(({ label }) => label);
console.log(`shape      [1, ${outcome.embedding.length}], length ${norm(outcome.embedding).toFixed(6)}`);
console.log(`right axis ${nearest(texts, outcome.embedding).join(', ')}`);
console.log(`wrong axis ${nearest(wrong, outcome.embedding).join(', ')}`);
// #endregion

title('9. Keep the labels in LanceDB');
// #region store
const embeddings = await buildClassEmbeddings(encoder, labelSet, { templates: [template] });
const database = openDatabase('out/tutorial-db');
const tables = await openLabelDatabase(database);
await tables.save('labels', embeddings);
for (const table of await tables.list()) console.log(`table "${table.name}": ${table.labels} rows, made by ${table.encoder.name}`);
// #endregion

title('10. Search, and read the distances');
// #region search
const matches = await tables.search('labels', encoder.info, outcome.embedding, 10);
for (const [rank, { label, distance, similarity }] of matches.entries())
  console.log(`${String(rank + 1).padStart(2)}  ${label.padEnd(16)} distance ${distance.toFixed(3)}  similarity ${similarity.toFixed(3)}`);
await database.close();
// #endregion

title('11. Measure the whole split');
// #region measure
const classifier = createZeroShotClassifier(embeddings, encoder.info);
const answers: string[] = [];
async function* images() {
  for await (const example of dataset.examples()) {
    if ('error' in example) continue;
    answers.push(dataset.labelNames[example.labels[0] as number] as string);
    yield example.image;
  }
}
let [top1, top5, top1WrongAxis] = [0, 0, 0];
for await (const one of encoder.encodeImages(images())) {
  if ('error' in one) continue;
  const answer = answers[one.index] as string;
  const labels = classifier.classify(one.embedding, 5).map(({ label }) => label);
  if (labels[0] === answer) top1++;
  if (labels.includes(answer)) top5++;
  if (nearest(wrong, one.embedding)[0] === answer) top1WrongAxis++;
}
console.log(`top-1 ${percent(top1, answers.length)}, top-5 ${percent(top5, answers.length)}`);
console.log(
  `with the wrong axis: top-1 ${percent(top1WrongAxis, answers.length)}; by chance ${(100 / dataset.labelNames.length).toFixed(1)} %`,
);
// #endregion
