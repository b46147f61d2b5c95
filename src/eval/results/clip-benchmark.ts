import type { Results } from './results-schema.js';

/** One result under the field names of LAION's CLIP_benchmark (github.com/LAION-AI/CLIP_benchmark), as its own files hold them. */
export interface ClipBenchmarkResult {
  readonly dataset: string;
  readonly model: string;
  readonly pretrained: string;
  readonly task: 'zeroshot_classification';
  readonly metrics: Readonly<Record<string, number>>;
  readonly language: string;
}

/** One result per variant, for comparison with published ones. */
export function toClipBenchmark({ data, variants }: Results): ClipBenchmarkResult[] {
  return variants.map(({ model, measures }) => {
    const topK = measures.topK.map(({ k, value }) => [`acc${k}`, value] as const);
    return {
      dataset: data.name,
      model: model.name,
      pretrained: model.fingerprint,
      task: 'zeroshot_classification',
      metrics: {
        ...Object.fromEntries(topK),
        ...(measures.meanPerClassRecall ? { mean_per_class_recall: measures.meanPerClassRecall.value } : {}),
        ...(measures.meanAveragePrecision ? { mean_average_precision: measures.meanAveragePrecision.value } : {}),
      },
      language: 'en',
    };
  });
}
