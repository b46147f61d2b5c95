import type { RowRenderers } from '../files/line-writer.js';
import { showInput } from '../files/show-path.js';
import type { InspectedPrompt } from '../tasks/inspect.js';

/** What a text tower is given. */
export const promptRows: RowRenderers<InspectedPrompt> = {
  csvHeader: ['prompt', 'inputIds', 'tokens', 'decoded', 'attentionMask'],
  csv: (row) => [[row.prompt, row.inputIds.join(' '), row.tokens.join(' '), row.decoded, row.attentionMask.join(' ')]],
  json: ({ maxLength: _, ...row }) => row,
  human: (row) => [
    `prompt     ${JSON.stringify(row.prompt)}`,
    `tokens     ${row.tokens.join(' ')}`,
    `token ids  ${row.inputIds.join(' ')}`,
    `mask       ${row.attentionMask.join(' ')}`,
    `decoded    ${JSON.stringify(row.decoded)}`,
    `shape      [1, ${row.inputIds.length}], at most ${row.maxLength} tokens`,
  ],
};

/** What an image tower is given. */
export interface InspectedImageRow {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** Batch, channels, height and width. */
  readonly inputShape: readonly number[];
}

export const imageRows: RowRenderers<InspectedImageRow> = {
  csvHeader: ['path', 'width', 'height', 'inputShape'],
  csv: (row) => [[row.path, row.width, row.height, row.inputShape.join(' ')]],
  human: (row) => [`${showInput(row.path)}  ${row.width} x ${row.height} pixels, passed to the model as [${row.inputShape.join(', ')}]`],
};
