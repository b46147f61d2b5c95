import type { KnownModel } from '../checkpoints/known-models.js';
import type { ModelOnDisk } from '../checkpoints/list-models.js';
import { formatBytes } from '../files/format-bytes.js';
import type { RowRenderers } from '../files/line-writer.js';
import type { CacheSummary } from '../store/maintain-cache.js';

/** Models on disk. */
export const modelRows: RowRenderers<ModelOnDisk> = {
  csvHeader: ['name', 'source', 'sizeBytes', 'hasWeights', 'dtypes', 'path'],
  csv: (m) => [[m.name, m.source, m.sizeBytes, m.hasWeights, m.dtypes.join(' '), m.path]],
  human: (m) => {
    const runs = [...(m.hasWeights ? ['safetensors'] : []), ...m.dtypes.map((dtype) => `${dtype} ONNX`)];
    return [`${m.name}  ${formatBytes(m.sizeBytes)}, ${m.source}, ${runs.join(', ') || 'nothing that runs'}  ${m.path}`];
  },
};

const KNOWN_FIELDS = 'name family goodAt speed parametersMillion imageSize dimension languages licence imagenetTop1 source'.split(
  ' ',
) as (keyof KnownModel)[];

/** Recommended models on the hub. */
export const knownModelRows: RowRenderers<KnownModel> = {
  csvHeader: KNOWN_FIELDS,
  csv: (m) => [KNOWN_FIELDS.map((field) => m[field] ?? '')],
  human: (m) => {
    const size = m.parametersMillion === undefined ? '' : `, ${Math.round(m.parametersMillion)} million parameters`;
    const accuracy = m.imagenetTop1 === undefined ? '' : `, ImageNet ${m.imagenetTop1.toFixed(1)} %`;
    return [`${m.name}`, `  ${m.goodAt}`, `  ${m.family}, ${m.speed}${size}${accuracy}; languages: ${m.languages}`];
  },
};

/** Embeddings that the cache keeps, for each model. */
export const cacheRows: RowRenderers<CacheSummary> = {
  csvHeader: ['kind', 'model', 'fingerprint', 'embeddings', 'bytes'],
  csv: (t) => [[t.kind, t.encoder.name, t.encoder.fingerprint, t.embeddings, t.bytes]],
  human: (t) => [`${t.embeddings.toLocaleString('en')} ${t.kind}  ${t.encoder.name} (${t.encoder.fingerprint})  ${formatBytes(t.bytes)}`],
};
