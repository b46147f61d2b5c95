// The photos that calibrations and decisions are fitted to and measured on, as embeddings. Nothing of them is part of labelwise.
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { wordsAgainst } from '../dist/core/decisions/kinds.js';
import { loadBackground, loadConcepts } from '../dist/home/data-files.js';
import { createLabelSet, loadEncoder, loadLabelSet, loadTemplateSet } from '../dist/index.js';
import { openEmbeddingCache } from '../dist/store/open-cache-or-warn.js';
import { embedLabels } from '../dist/tasks/embed-labels.js';
import { MOST_LABELS_AGAINST_THINGS } from '../dist/tasks/tags/embed-tag-words.js';

export const DATA = process.env.LABELWISE_DATA ?? join(import.meta.dirname, '../../shared/data');

/** The embedding cache: the second run takes seconds. */
const cache = { folder: join(tmpdir(), 'labelwise-decisions'), maxBytes: 2 ** 30, onWarning: console.warn };

export const openEncoder = () => loadEncoder({ openImageCache: (info) => openEmbeddingCache(cache, 'images', info) });

const rowsOf = (path) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => row.split('\t'));

const folders = (root) =>
  readdirSync(root)
    .sort()
    .flatMap((label) =>
      readdirSync(join(root, label))
        .sort()
        .map((file) => ({ path: join(root, label, file), labels: [label] })),
    );

/** Label names and images of each set, by name. */
export async function listSets() {
  const imagenet = (await loadLabelSet('imagenet-1k')).labels.map(({ name }) => name);
  const tiny = rowsOf(join(DATA, 'tiny-imagenet/labels.tsv'));
  const coco = JSON.parse(readFileSync(join(DATA, 'coco-captions/captions.json'), 'utf8'));
  const caltech = readdirSync(join(DATA, 'caltech101')).sort();
  return {
    caltech: { labels: caltech, images: folders(join(DATA, 'caltech101')) },
    'caltech-train': { labels: caltech, images: folders(join(DATA, 'caltech101-train')) },
    tiny: {
      labels: [...new Set(tiny.map(([, , , name]) => name))],
      images: tiny.map(([file, , , name]) => ({ path: join(DATA, 'tiny-imagenet/images', file), labels: [name] })),
    },
    cifar10: { labels: readdirSync(join(DATA, 'cifar10')).sort(), images: folders(join(DATA, 'cifar10')) },
    imagenet: {
      labels: imagenet,
      images: rowsOf(join(DATA, 'imagenet-sample/labels.tsv')).map(([file, index]) => ({
        path: join(DATA, 'imagenet-sample/images', file),
        labels: [imagenet[Number(index)]],
      })),
    },
    coco: {
      labels: coco.categories,
      images: coco.images.map(({ file, objects }) => ({ path: join(DATA, 'coco-captions/images', file), labels: objects })),
    },
  };
}

/** The embeddings of texts as `classify` makes them. */
export async function embedNames(encoder, names, templateSet = 'default') {
  const { templates } = await loadTemplateSet(templateSet);
  return (await embedLabels(encoder, createLabelSet(names), { templates, cache })).classEmbeddings;
}

/** Words for everything else, as `--none` has them. */
export const embedBackground = async (encoder) =>
  embedNames(
    encoder,
    (await loadBackground()).labels.map(({ name }) => name),
  );

/** The words that tags have to outweigh, as `tag` has them: { vectors, against(names of labels) -> places }. */
export async function embedTagVocabulary(encoder) {
  const [everyday, things] = await Promise.all(['cifar100', 'imagenet-1k'].map(loadLabelSet));
  const { templates } = await loadTemplateSet('default');
  const concepts = await loadConcepts();
  const embed = async (labels) => (await embedLabels(encoder, labels, { templates, cache })).classEmbeddings.vectors;
  const names = things.labels.map(({ promptName }) => promptName);
  const all = [...everyday.labels.keys()];
  return {
    vectors: [...(await embed(everyday)), ...(await embed(things))],
    against: (labels) =>
      labels.length > MOST_LABELS_AGAINST_THINGS ? all : [...all, ...wordsAgainst(labels, names, concepts).map((i) => i + all.length)],
  };
}

const encodeAll = async (encoder, images) => {
  const embeddings = [];
  for await (const outcome of encoder.encodeImages(images)) {
    if ('error' in outcome) throw outcome.error;
    embeddings.push(outcome.embedding);
  }
  return embeddings;
};

/** The crops of images, as `index --crops` embeds them. [images][crops] */
export async function embedCrops(encoder, images) {
  const crops = [];
  for await (const outcome of encoder.encodeImages(
    images.map(({ path }) => path),
    { withCrops: true },
  )) {
    if ('error' in outcome) throw outcome.error;
    crops.push(outcome.crops);
  }
  return crops;
}

/** Every set with its embeddings: { labels, vectors, images, embeddings, truths, against }. */
export async function embedSets(encoder) {
  const sets = await listSets();
  const concepts = await loadConcepts();
  const words = (await loadBackground()).labels.map(({ name }) => name);
  const promptNames = new Map((await loadLabelSet('caltech101')).labels.map(({ name, promptName }) => [name, promptName]));
  const embedded = {};
  for (const [name, { labels, images }] of Object.entries(sets)) {
    const embeddings = await encodeAll(
      encoder,
      images.map(({ path }) => path),
    );
    const { vectors } = await embedNames(encoder, labels);
    const places = new Map(labels.map((label, place) => [label, place]));
    const truths = images.map((image) => image.labels.map((label) => places.get(label)));
    const nameOf = (label) => promptNames.get(labels[label]) ?? labels[label];
    const against = (kept) => wordsAgainst(kept.map(nameOf), words, concepts);
    /** Whether an image shows none of some labels, nor a kind of one, as far as another set's labels tell. */
    const isOther = (kept, shown) =>
      wordsAgainst(
        kept.map(nameOf),
        shown.map((label) => promptNames.get(label) ?? label),
        concepts,
      ).length === shown.length;
    embedded[name] = { labels, vectors, images, embeddings, truths, nameOf, against, isOther };
  }
  return embedded;
}

/**
 * The single-label sets that a calibration is fitted to, each as often as it counts: photos larger than 64 pixels also at 64 and at 32, because
 * the model is less sure of small pictures and the others are that small. [{ name, vectors, embeddings, truths }]
 */
export async function embedForCalibration(encoder, { caltech, 'caltech-train': train, tiny, cifar10, imagenet }) {
  const caltech101 = {
    ...caltech,
    images: [...caltech.images, ...train.images],
    embeddings: [...caltech.embeddings, ...train.embeddings],
    truths: [...caltech.truths, ...train.truths],
  };
  const found = Object.entries({ tiny, caltech: caltech101, cifar10, imagenet }).map(([name, set]) => ({ name, ...set }));
  for (const set of found.filter(({ name }) => name === 'caltech' || name === 'imagenet'))
    for (const size of [64, 32]) {
      const small = await Promise.all(
        set.images.map(({ path }) => sharp(path).rotate().resize(size, size).flatten().toColourspace('srgb').png().toBuffer()),
      );
      found.push({ ...set, embeddings: await encodeAll(encoder, small) });
    }
  return found;
}
