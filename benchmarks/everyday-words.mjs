/**
 * Everyday words as searches: how well "dog", "vehicle" or "fruit" ranks the photos whose ImageNet class WordNet puts under it.
 *
 *   LABELWISE_DATA=folder node benchmarks/everyday-words.mjs [MODEL]
 *
 * The folder holds imagenet-sample/ (everyday-words.json, labels.tsv, images/) and tiny-imagenet/ (labels.tsv, images/). One prompt,
 * "a photo of a {}."; words with fewer than two photos are left out. Precision is at 10, or at the number of right photos where fewer.
 */
import { readFileSync } from 'node:fs';
import { loadEncoder } from '../dist/index.js';

const DATA = process.env.LABELWISE_DATA ?? '../shared/data';
const words = JSON.parse(readFileSync(`${DATA}/imagenet-sample/everyday-words.json`, 'utf8'));
const rowsOf = (set) =>
  readFileSync(`${DATA}/${set}/labels.tsv`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

const encoder = await loadEncoder({ model: process.argv[2] });
const queries = await encoder.encodeTexts(Object.keys(words).map((word) => `a photo of a ${word}.`));
for (const set of ['imagenet-sample', 'tiny-imagenet']) {
  const [header, ...rows] = rowsOf(set);
  const column = header.findIndex((name) => name === 'imagenet_index' || name === 'label_index');
  const images = [];
  for await (const outcome of encoder.encodeImages(rows.map(([file]) => `${DATA}/${set}/images/${file}`))) {
    if ('error' in outcome) throw outcome.error;
    images.push({ embedding: outcome.embedding, index: Number(rows[outcome.index][column]) });
  }
  const measured = Object.entries(words).flatMap(([word, classes], i) => {
    const ranked = images
      .map(({ embedding, index }) => ({
        isRight: classes.includes(index),
        score: embedding.reduce((sum, x, d) => sum + x * queries[i][d], 0),
      }))
      .toSorted((a, b) => b.score - a.score);
    const places = ranked.flatMap(({ isRight }, place) => (isRight ? [place + 1] : []));
    if (places.length < 2) return [];
    const depth = Math.min(10, places.length);
    return [
      {
        word,
        photos: places.length,
        ap: mean(places.map((place, n) => (n + 1) / place)),
        precision: places.filter((p) => p <= depth).length / depth,
      },
    ];
  });
  console.table(
    measured.map(({ word, photos, ap, precision }) => ({
      word,
      photos,
      'average precision': ap.toFixed(2),
      'precision at 10': precision.toFixed(2),
    })),
  );
  const figures = { mAP: mean(measured.map(({ ap }) => ap)), 'precision at 10': mean(measured.map(({ precision }) => precision)) };
  console.log(
    `${set}, ${images.length} photos, ${measured.length} words: mAP ${figures.mAP.toFixed(3)}, precision at 10 ${figures['precision at 10'].toFixed(3)}`,
  );
}
await encoder.close();
