import type { LabelSet } from '../core/label-set.js';
import type { PromptTemplate } from '../core/prompt-template.js';
import { createZeroShotClassifier, refuseLoneLabel, type ZeroShotClassifier } from '../core/zero-shot-classifier.js';
import { type Encoder, loadEncoder } from '../encoders/load-encoder.js';
import { chooseTemplates, findClassEmbeddings } from '../tasks/create-classifier.js';
import { cacheSettings, encoderOptions, type Run } from './open-model.js';

/** A model with the labels of a command line, ready to rank. */
export interface OpenedZeroShot {
  readonly encoder: Encoder;
  readonly zeroShot: ZeroShotClassifier;
  /** True when no text was encoded. */
  readonly isFromStore: boolean;
  readonly templates: readonly PromptTemplate[];
}

/** Loads the model while the label table is opened; texts are encoded only where no table holds their embeddings. */
export async function openZeroShot(
  run: Run,
  labels: LabelSet | undefined,
  options: { table: string | undefined; isMultiLabel: boolean; isForTexts?: boolean; load?: () => Promise<Encoder> },
): Promise<OpenedZeroShot> {
  const { config, io } = run;
  const templates = await chooseTemplates({ templates: config.template, templateSet: config.templateSet });
  const encoder = await (options.load?.() ?? loadEncoder(encoderOptions(run)));
  try {
    if (encoder.isQuickToLoad && options.isForTexts !== true) encoder.device().catch(() => {}); // in its thread, while this one reads labels; a failure shows when it is used
    const scoring = options.isMultiLabel ? 'sigmoid' : encoder.info.scoring;
    if (labels) refuseLoneLabel(labels, scoring);
    const { classEmbeddings, isFromStore } =
      labels === undefined ? await fromTable(encoder, options.table as string, config.db) : await fromLabels(encoder, labels, templates);
    if (options.isMultiLabel && encoder.info.scoring === 'softmax') {
      run.warn(
        `${encoder.info.name} was trained to choose one label: without a bias of its own, its sigmoid probabilities do not say whether a label fits (50 % is a similarity of 0). Compare similarities, or use a SigLIP model.`,
      );
    }
    return { encoder, zeroShot: createZeroShotClassifier(classEmbeddings, { ...encoder.info, scoring }), isFromStore, templates };
  } catch (error) {
    await encoder.close();
    throw error;
  }

  async function fromLabels(encoder: Encoder, labelSet: LabelSet, prompts: readonly PromptTemplate[]) {
    const progress = run.progress('prompts');
    try {
      return await findClassEmbeddings(encoder, labelSet, {
        templates: prompts,
        cache: cacheSettings(run),
        signal: io.signal,
        onWarning: run.warn,
        onProgress: (done, total) => progress.update(done, total),
      });
    } finally {
      progress.clear();
    }
  }
}

async function fromTable(encoder: Encoder, table: string, db: string) {
  const { openLabelDatabase } = await import('../store/label-database.js');
  const store = await openLabelDatabase(db);
  try {
    return { classEmbeddings: await store.load(table, encoder.info), isFromStore: true };
  } finally {
    store.close();
  }
}
