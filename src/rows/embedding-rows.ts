import { norm } from '../core/embedding.js';
import type { RowRenderers } from '../files/line-writer.js';
import { showInput } from '../files/show-path.js';
import { describeError, type ErrorRow } from '../pages/error-row.js';

/** An embedding as it is printed. */
export interface EmbeddingRow {
  readonly input: string;
  readonly model: string;
  readonly dimension: number;
  readonly embedding: readonly number[];
}

/** An image that could not be used, under the key of those that could. */
export interface FailedEmbedding extends Pick<ErrorRow, 'error'> {
  readonly input: string;
}

export const embeddingRows: RowRenderers<EmbeddingRow | FailedEmbedding> = {
  csvHeader: ['input', 'model', 'dimension', 'embedding', 'error_code', 'error_message'],
  csv: (row) => [
    'error' in row
      ? [row.input, '', '', '', row.error.code, row.error.message]
      : [row.input, row.model, row.dimension, row.embedding.join(' '), '', ''],
  ],
  human: (row) => ['error' in row ? describeError({ path: row.input, error: row.error }) : describeEmbedding(row)],
};

function describeEmbedding({ input, dimension, embedding }: EmbeddingRow): string {
  const first = embedding.slice(0, 6).map((x) => x.toFixed(4));
  return `${showInput(input)}  [${dimension}]  length ${norm(Float32Array.from(embedding)).toFixed(6)}  ${first.join(' ')} ...`;
}
