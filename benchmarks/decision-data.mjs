// The photos that calibrations and decisions are fitted to and measured on, as embeddings. Nothing of them is part of labelwise.
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBackground } from '../dist/home/data-files.js';
import { createLabelSet, loadEncoder, loadLabelSet, loadTemplateSet } from '../dist/index.js';
import { openEmbeddingCache } from '../dist/store/open-cache-or-warn.js';
import { embedLabels } from '../dist/tasks/embed-labels.js';

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

/** Every set with its embeddings: { labels, vectors, images, embeddings, truths }. */
export async function embedSets(encoder) {
  const sets = await listSets();
  const embedded = {};
  for (const [name, { labels, images }] of Object.entries(sets)) {
    const embeddings = [];
    for await (const outcome of encoder.encodeImages(images.map(({ path }) => path))) {
      if ('error' in outcome) throw outcome.error;
      embeddings.push(outcome.embedding);
    }
    const { vectors } = await embedNames(encoder, labels);
    const places = new Map(labels.map((label, place) => [label, place]));
    embedded[name] = { labels, vectors, images, embeddings, truths: images.map((image) => image.labels.map((label) => places.get(label))) };
  }
  return embedded;
}
