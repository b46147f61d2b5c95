import { buildPrompts } from '../core/class-embeddings.js';
import { type AnswerExplanation, compareTemplates, explainAnswer } from '../core/decisions/explain-answer.js';
import { describeHeat, type HeatMap, type Mask, occlusionMasks, toHeatMap } from '../core/decisions/occlusion.js';
import { type Embedding, meanEmbedding } from '../core/embedding.js';
import type { Label } from '../core/label-set.js';
import type { ImageSource } from '../core/ports.js';
import type { PromptTemplate } from '../core/prompt-template.js';
import type { ZeroShotClassifier } from '../core/zero-shot-classifier.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { loadTemplateSet } from '../home/data-files.js';
import { encodePng } from '../images/encode-png.js';
import { readImageBytes } from '../images/read-image.js';
import type { ExplainedStep } from './explain.js';
import type { OpenedZeroShot } from './open-zero-shot.js';

/** What speaks for an answer; the heat map where it was asked for. */
export interface Explanation extends AnswerExplanation {
  readonly heatMap?: HeatMap | undefined;
}

export interface ExplainAnswerOptions {
  /** Hide parts of the image one after the other: 65 images are encoded. */
  readonly hasHeatMap: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Templates that an answer is tried with, and labels, the best ones. */
const MOST_TEMPLATES = 7;
const MOST_LABELS = 5;

/** Explains answers of a classifier; a single template is compared with those of `imagenet-7`. */
export async function answerExplainer({ encoder, zeroShot, templates }: OpenedZeroShot) {
  const tried = (templates.length > 1 ? templates : [...templates, ...(await loadTemplateSet('imagenet-7')).templates]).slice(
    0,
    MOST_TEMPLATES,
  );
  const known = new Map<string, Embedding>();
  return async (source: ImageSource, image: Embedding, { hasHeatMap, signal }: ExplainAnswerOptions): Promise<Explanation> => {
    const best = zeroShot.classify(image, MOST_LABELS).map(({ label }) => label);
    const labels = best.map((name) => zeroShot.classEmbeddings.labelSet.labels.find((label) => label.name === name) as Label);
    const prompts = await encodePrompts(encoder, { labels, templates: tried, known, signal });
    const explanation = explainAnswer(image, zeroShot, zeroShot.classEmbeddings.offsets ? [] : compareTemplates(image, best, prompts));
    return hasHeatMap ? { ...explanation, heatMap: await occlude(encoder, source, { zeroShot, answer: best[0], signal }) } : explanation;
  };
}

interface PromptGrid {
  readonly labels: readonly Label[];
  readonly templates: readonly PromptTemplate[];
  /** What earlier images needed. */
  readonly known: Map<string, Embedding>;
  readonly signal: AbortSignal | undefined;
}

/** The embedding of each label in each template: [templates][labels]. */
async function encodePrompts(encoder: Encoder, { labels, templates, known, signal }: PromptGrid) {
  const promptsOf = (label: Label, template: PromptTemplate): string[] => buildPrompts(label, [template]);
  const missing = [...new Set(templates.flatMap((template) => labels.flatMap((label) => promptsOf(label, template))))].filter(
    (text) => !known.has(text),
  );
  if (missing.length > 0)
    for (const [i, embedding] of (await encoder.encodeTexts(missing, { signal })).entries()) known.set(missing[i] as string, embedding);
  return templates.map((template) => ({
    template: template.text,
    embeddings: labels.map((label) => meanEmbedding(promptsOf(label, template).map((text) => known.get(text) as Embedding))),
  }));
}

/** A smaller picture is enough to see which part matters, and 65 large ones take long. */
const LONGER_SIDE = 448;

interface Occlusion {
  readonly zeroShot: ZeroShotClassifier;
  readonly answer: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Hides squares in the image's mean colour. Hidden pictures have content hashes like any other: what the cache has is not encoded again. */
async function occlude(encoder: Encoder, source: ImageSource, { zeroShot, answer, signal }: Occlusion): Promise<HeatMap> {
  const { data: pixels, ...info } = await encoder.shrink(await readImageBytes(source, encoder.limits, signal), LONGER_SIDE);
  const colour = meanColour(pixels);
  async function* pictures(): AsyncGenerator<Uint8Array> {
    yield await encodePng(pixels, info.width, info.height);
    for (const mask of occlusionMasks()) yield await encodePng(hide(pixels, info, { mask, colour }), info.width, info.height);
  }
  const leads: number[] = [];
  for await (const outcome of encoder.encodeImages(pictures(), { signal })) {
    if ('error' in outcome) throw outcome.error;
    leads.push(leadOf(zeroShot, outcome.embedding, answer));
  }
  const [whole, ...hidden] = leads as [number, ...number[]];
  return toHeatMap(hidden.map((lead) => (whole - lead) / Math.max(Math.abs(whole), 1e-6)));
}

/** The similarity of the answer, less the mean of all labels: a near second would hide what both of them need. */
function leadOf(zeroShot: ZeroShotClassifier, embedding: Embedding, answer: string | undefined): number {
  const all = zeroShot.classify(embedding, zeroShot.classEmbeddings.labelSet.labels.length);
  const own = all.find(({ label }) => label === answer)?.similarity ?? 0;
  return all.length === 1 ? own : own - all.reduce((sum, { similarity }) => sum + similarity, 0) / all.length;
}

function meanColour(pixels: Uint8Array): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0];
  for (let i = 0; i < pixels.length; i++) sums[i % 3] = (sums[i % 3] as number) + (pixels[i] as number);
  return sums.map((sum) => Math.round((3 * sum) / pixels.length)) as [number, number, number];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function hide(pixels: Uint8Array, { width, height }: Size, { mask, colour }: { mask: Mask; colour: readonly number[] }): Uint8Array {
  const hidden = Uint8Array.from(pixels);
  const [left, right] = [Math.round(mask.left * width), Math.round(mask.right * width)];
  for (let y = Math.round(mask.top * height); y < Math.round(mask.bottom * height); y++)
    for (let x = left; x < right; x++) hidden.set(colour, 3 * (y * width + x));
  return hidden;
}

/** An explanation in words. */
export function describeAnswer({ label, runnerUp, nearestLabels, byTemplate, heatMap }: Explanation): ExplainedStep {
  const others = byTemplate.filter((one) => one.label !== label);
  const agreeing = byTemplate.length - others.length;
  return {
    title: 'Why',
    detail: label,
    lines: [
      ...(runnerUp ? [`similarity ${runnerUp.margin.toFixed(4)} above ${runnerUp.label}`] : []),
      ...(nearestLabels.length > 0
        ? [`nearest labels: ${nearestLabels.map((near) => `${near.label} ${near.similarity.toFixed(2)}`).join(', ')}`]
        : []),
      ...(byTemplate.length > 0
        ? [
            `by single templates: ${agreeing} of ${byTemplate.length} say ${label}${others.map((one) => `; "${one.template}" says ${one.label}`).join('')}`,
          ]
        : []),
      ...(heatMap ? [`depends most on: ${describeHeat(heatMap)}`] : []),
    ],
  };
}
