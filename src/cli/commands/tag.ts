import type { Collection } from '../../core/collection.js';
import { requireProbabilities } from '../../core/scoring.js';
import { tagCollection } from '../../core/tag-collection.js';
import { LabelwiseError } from '../../errors.js';
import type { CliIo } from '../io.js';
import { openCollection, refuseOtherEncoder } from '../open-collection.js';
import { type Run, startRun } from '../open-model.js';
import type { OpenedZeroShot } from '../open-zero-shot.js';
import { labelOptions, modelCommand, templateOption, templateSetOption } from '../options.js';
import { readNumber } from '../read-number.js';
import { readTagLabels } from '../read-tag-labels.js';

/** `labelwise tag`: the labels of a label set on every image of the collection. */
export function tagCommand(io: CliIo) {
  const [labels, labelsFile, labelSet] = labelOptions();
  return modelCommand('tag')
    .description('tag the indexed images with labels, from their stored embeddings')
    .addOption(labels)
    .addOption(labelsFile)
    .addOption(labelSet)
    .addOption(templateOption())
    .addOption(templateSetOption())
    .option('--name <name>', 'the name of the tag set; tags that it has are replaced (default: that of the label set or file)')
    .option('--min-probability <p>', 'give a label from this probability on', '0.5')
    .option('-k, --top-k <n>', 'how many tags an image gets at most (default: 5)')
    .option('--multi-label', 'several labels may be right: a probability for each by itself (sigmoid)')
    .addHelpText('after', EXAMPLES)
    .action(async (flags) => {
      const run = startRun(flags, io);
      const minProbability = readNumber(flags.minProbability, { flag: '--min-probability', min: 0, max: 1 });
      const { labels: set, table, name } = await readTagLabels(flags, run);
      const collection = await openCollection(run);
      try {
        if ((await collection.count()) === 0) throw nothingIndexed(run.config.db);
        const { openZeroShot } = await import('../open-zero-shot.js');
        const { readIndexFile } = await import('../../store/current-images.js');
        const { openIndexEncoder } = await import('../open-index-encoder.js');
        const load = async () => openIndexEncoder(run, await readIndexFile(run.config.db));
        const opened = await openZeroShot(run, set, { table, isMultiLabel: flags.multiLabel === true, isForTexts: true, load });
        try {
          refuseOtherEncoder(collection, opened.encoder.info);
          await tagAndStore(run, { collection, opened, name, minProbability });
        } finally {
          await opened.encoder.close();
        }
      } finally {
        collection.close();
      }
    });
}

interface Tagging {
  readonly collection: Collection;
  readonly opened: OpenedZeroShot;
  readonly name: string;
  readonly minProbability: number;
}

async function tagAndStore(run: Run, { collection, opened, name, minProbability }: Tagging): Promise<void> {
  const { openMatrixProduct } = await import('../../encoders/onnx/open-matrix-product.js');
  const { openTagDatabase } = await import('../../store/tag-database.js');
  const { info } = opened.encoder;
  const { classEmbeddings, scoring } = opened.zeroShot;
  const { topK } = run.config;
  requireProbabilities(scoring, info);
  const rule = { logitScale: info.logitScale, logitBias: info.logitBias, scoring, minProbability, topK };
  const total = await collection.count();
  const store = await openTagDatabase(run.config.db);
  const product = await openMatrixProduct({ threads: run.config.threads });
  const progress = run.progress('images');
  try {
    const { tags, images } = await tagCollection(collection, classEmbeddings, {
      rule,
      multiply: product.multiply,
      signal: run.io.signal,
      onProgress: (done) => progress.update(done, total),
    });
    progress.clear();
    const { labels, fingerprint } = classEmbeddings.labelSet;
    const before = (await store.sets()).find((set) => set.name === name);
    await store.replace(
      {
        name,
        labelSetFingerprint: fingerprint,
        labels: labels.length,
        templates: [...classEmbeddings.templates],
        encoder: { name: info.name, fingerprint: info.fingerprint },
        scoring,
        minProbability,
        topK,
        images,
        createdAt: new Date().toISOString(),
      },
      tags,
    );
    const tagged = new Set(tags.imageIds).size;
    if (before && before.labelSetFingerprint !== fingerprint) {
      run.say(`replaced the tags of the ${before.labels} other labels that were "${name}" before; --name keeps both`);
    }
    run.say(`tagged "${name}": ${tags.imageIds.length} tags on ${tagged} of ${images} images, ${labels.length} labels, ${info.name}`);
  } finally {
    progress.clear();
    await product.close();
    store.close();
  }
}

function nothingIndexed(db: string): LabelwiseError {
  return new LabelwiseError('INPUT_NOT_FOUND', `There are no images in the index in ${db}.`, {
    hint: 'Index some first: labelwise index FOLDER.',
  });
}

const EXAMPLES = `
Examples:
  labelwise tag --label-set cifar100 --min-probability 0.6
  labelwise tag --labels-file places.txt --name places --multi-label
  labelwise search "tag:dog"
  labelwise tags remove dog photos/cat.jpg`;
