import { type MeasuredDirections, strengthen } from '../../core/decisions/example-directions.js';
import { warnOfSynonyms } from '../../core/decisions/near-synonyms.js';
import { evidenceScale } from '../../core/decisions/none-of-these.js';
import { createLabelTest, type LabelTest } from '../../core/decisions/several-labels.js';
import type { ZeroShotClassifier } from '../../core/zero-shot-classifier.js';
import type { Encoder } from '../../encoders/load-encoder.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { embedTagWords } from './embed-tag-words.js';

/** Labels that are each decided by itself, with the limits of what counts. */
export interface LabelTestRequest {
  readonly encoder: Encoder;
  readonly zeroShot: ZeroShotClassifier;
  readonly examples?: MeasuredDirections | undefined;
  readonly minProbability: number;
  readonly topK: number;
}

/** A test that decides each label by itself, against everyday words and names of things. */
export async function openLabelTest(
  workspace: Workspace,
  { encoder, zeroShot, examples, ...limits }: LabelTestRequest,
  { signal, onWarning = workspace.warn }: TaskOptions,
): Promise<LabelTest> {
  const { classEmbeddings } = zeroShot;
  const { everyday, all } = await embedTagWords(encoder, classEmbeddings, { cache: workspace.cache, signal });
  const { multiply } = await workspace.product();
  await warnOfSynonyms(classEmbeddings, everyday, { multiply, onWarning });
  const rule = { logitScale: evidenceScale(zeroShot.rule), calibration: zeroShot.rule.calibration?.several, ...limits };
  const byText = createLabelTest(classEmbeddings.vectors, all, rule);
  if (examples === undefined) return byText;
  return createLabelTest(classEmbeddings.vectors, all, { ...rule, examples: strengthen(examples, byText, rule) });
}
