import { warnOfSynonyms } from '../core/decisions/near-synonyms.js';
import { evidenceScale } from '../core/decisions/none-of-these.js';
import { createLabelTest, type LabelTest } from '../core/decisions/several-labels.js';
import { parseTemplate } from '../core/prompt-template.js';
import type { ZeroShotClassifier } from '../core/zero-shot-classifier.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { loadLabelSet } from '../home/data-files.js';
import { embedLabels } from './embed-labels.js';
import type { TaskOptions, Workspace } from './workspace.js';

/** Labels that are each decided by itself, with the limits of what counts. */
export interface LabelTestRequest {
  readonly encoder: Encoder;
  readonly zeroShot: ZeroShotClassifier;
  readonly minProbability: number;
  readonly topK: number;
}

/** Everyday words: a label has to fit better than they do. Their embeddings are kept in the cache. */
const BACKGROUND_LABELS = 'cifar100';

/** A test that decides each label by itself, against everyday words. */
export async function openLabelTest(
  workspace: Workspace,
  { encoder, zeroShot, ...limits }: LabelTestRequest,
  { signal, onWarning = workspace.warn }: TaskOptions,
): Promise<LabelTest> {
  const { vectors, templates } = zeroShot.classEmbeddings;
  const embedding = { templates: templates.map(parseTemplate), cache: workspace.cache, signal };
  const words = (await embedLabels(encoder, await loadLabelSet(BACKGROUND_LABELS), embedding)).classEmbeddings.vectors;
  const { multiply } = await workspace.product();
  await warnOfSynonyms(zeroShot.classEmbeddings, words, { multiply, onWarning });
  return createLabelTest(vectors, words, {
    logitScale: evidenceScale(zeroShot.rule),
    calibration: zeroShot.rule.calibration?.several,
    ...limits,
  });
}
