import { z } from 'zod';

const share = z.number().min(0).max(1);
const count = z.number().int().nonnegative();
const estimate = z
  .object({ value: z.number(), low: z.number(), high: z.number() })
  .meta({ id: 'Estimate', description: 'A figure with its 95 % interval' });
const topKEstimate = z.object({ k: count, value: z.number(), low: z.number(), high: z.number() });

const measures = z.object({
  topK: z.array(topKEstimate).describe('Share of images with their label (any of their labels) among the first k'),
  meanPerClassRecall: estimate.optional().describe('Mean over labels of the share of their images that are right: balanced accuracy'),
  negativeLogLikelihood: estimate.optional().describe("Mean of -ln of the true label's probability, in nats"),
  expectedCalibrationError: estimate.optional().describe('Mean distance of confidence and accuracy over bins of confidence'),
  meanAveragePrecision: estimate.optional().describe('Mean over labels of average precision; where images show several labels'),
});

const classRow = z.object({
  label: z.string(),
  images: count,
  right: count.optional(),
  predicted: count.optional().describe('How often the label was answered'),
  recall: estimate.nullable().optional().describe("With Wilson's 95 % interval; null without images"),
  precision: share.nullable().optional(),
  f1: share.nullable().optional(),
  averagePrecision: share.nullable().optional(),
});

const cell = z.object({ truth: z.string(), predicted: z.string(), images: count });

const reliabilityBin = z.object({
  low: share.describe('The bin holds confidences over low, up to and with high'),
  high: share,
  images: count,
  confidence: share.nullable().describe('Mean confidence'),
  accuracy: share.nullable(),
});

const model = z.object({
  name: z.string(),
  fingerprint: z.string().describe('Changes whenever an embedding would: weights, dtype, tokenizer, preprocessing'),
  revision: z.string().nullable(),
  dtype: z.string(),
  device: z.string(),
  logitScale: z.number(),
  logitBias: z.number(),
  logitSource: z.string().describe('Where the logit scale comes from; "assumed" makes probabilities doubtful'),
});

const variant = z.object({
  name: z.string(),
  model,
  templates: z.array(z.string()),
  templateSet: z.string().nullable(),
  examplePrompts: z.array(z.string()).describe("The first label's prompts"),
  measures,
  perClass: z.array(classRow).describe('In label order'),
  confusion: z.array(cell).describe('The cells of the confusion matrix that are not 0'),
  confusedPairs: z.array(cell).describe('The mistakes made most often'),
  reliability: z.array(reliabilityBin),
  imagesPerSecond: z.number().nullable().describe('Reading, decoding, encoding and scoring; all variants of a model share it'),
  seconds: z.number(),
  peakMemoryBytes: count.describe('The most memory that the process took'),
});

const comparison = z.object({
  first: z.string(),
  second: z.string(),
  bothRight: count,
  onlyFirst: count,
  onlySecond: count,
  bothWrong: count,
  figure: z
    .enum(['top-1', 'mean average precision'])
    .default('top-1')
    .describe('What the difference is of; the latter where images show several labels'),
  difference: estimate.describe('That of the second less that of the first; interval by a paired bootstrap'),
  pValue: share.describe("McNemar's exact test, two-sided, on images whose first label is right in one of the two alone"),
  changed: count.describe('Images that one of the two alone has right; listed in changes.csv'),
});

/** results.json: everything that a run found, and all that is needed to find it again. */
export const resultsSchema = z.object({
  schemaVersion: z.literal(1),
  versions: z.record(z.string(), z.string()).describe('labelwise, Node.js and the runtime'),
  data: z.object({
    name: z.string(),
    split: z.string().nullable(),
    revision: z.string().nullable().describe('The commit on the hub'),
    fingerprint: z.string(),
    size: count,
    limit: count.nullable().describe('Only the first so many were measured'),
    isMultiLabel: z.boolean(),
  }),
  labels: z.object({
    source: z.string().describe('Where names and prompt names come from'),
    fingerprint: z.string(),
    names: z.array(z.string()),
  }),
  settings: z.object({
    scoring: z.enum(['softmax', 'sigmoid']),
    topK: count,
    batchSize: count,
    crops: z.literal(true).optional().describe('Labels were compared with the crops of each image too'),
    seed: z.number().int(),
    resamples: count,
    bins: count,
  }),
  images: z.object({ total: count, measured: count, failed: count }),
  failures: z.array(z.object({ id: z.string(), code: z.string(), message: z.string() })).describe('The first 100'),
  variants: z.array(variant).min(1),
  comparisons: z.array(comparison).describe('Each other variant against the first'),
});

export type Results = z.infer<typeof resultsSchema>;
export type VariantResults = Results['variants'][number];
export type ComparisonResults = Results['comparisons'][number];
export type EstimateResults = z.infer<typeof estimate>;

/** The JSON Schema in docs/reference/results.schema.json. */
export function resultsJsonSchema(): unknown {
  return {
    $id: 'results.schema.json',
    title: 'labelwise eval: results.json',
    ...z.toJSONSchema(resultsSchema, { target: 'draft-2020-12' }),
  };
}
