import { norm } from '../../core/embedding.js';
import { LabelwiseError } from '../../errors.js';
import { showInput } from '../../files/show-path.js';
import { findImages } from '../../ingest/find-images.js';
import { describeError } from '../../pages/error-row.js';
import { startRun } from '../context.js';
import { encodeFound, reportErrors, toErrorRow } from '../encode-found.js';
import { findOptionsOf } from '../find-options.js';
import type { CliIo } from '../io.js';
import { addFormats, excludeOption, modelCommand } from '../options.js';
import { createRowWriter, formatOf } from '../render/rows.js';

/** An embedding as it is printed. */
interface EmbeddingRow {
  readonly input: string;
  readonly model: string;
  readonly dimension: number;
  readonly embedding: readonly number[];
}

/** An image that could not be used, under the key of those that could. */
const toFailedRow = (found: string, error: unknown) => {
  const { path: input, ...rest } = toErrorRow(found, error);
  return { input, ...rest };
};

/** `labelwise embed`: the unit vectors of images and texts. */
export function embedCommand(io: CliIo) {
  return addFormats(modelCommand('embed'))
    .description('print the embeddings of images or texts')
    .argument('[images...]', 'files, folders, patterns, or - for stdin')
    .addOption(excludeOption())
    .option('--text <text>', 'embed this text unchanged; repeatable', (value: string, before: string[] | undefined) => [
      ...(before ?? []),
      value,
    ])
    .action(async (images, flags) => {
      await using run = startRun(flags, io);
      const texts = flags.text ?? [];
      if (images.length + texts.length === 0) {
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected images or --text, got neither.', {
          hint: 'For example: labelwise embed photo.jpg --json',
        });
      }
      const writer = createRowWriter<EmbeddingRow | ReturnType<typeof toFailedRow>>(io, formatOf(flags), {
        csvHeader: ['input', 'model', 'dimension', 'embedding', 'error_code', 'error_message'],
        csv: (row) => [
          'error' in row
            ? [row.input, '', '', '', row.error.code, row.error.message]
            : [row.input, row.model, row.dimension, row.embedding.join(' '), '', ''],
        ],
        human: (row) =>
          'error' in row
            ? [describeError({ path: row.input, error: row.error })]
            : [
                `${showInput(row.input)}  [${row.dimension}]  length ${norm(Float32Array.from(row.embedding)).toFixed(6)}  ${row.embedding
                  .slice(0, 6)
                  .map((x) => x.toFixed(4))
                  .join(' ')} ...`,
              ],
      });
      const encoder = await run.workspace.encoder();
      const toRow = (input: string, embedding: Float32Array): EmbeddingRow => ({
        input,
        model: encoder.info.name,
        dimension: embedding.length,
        embedding: [...embedding],
      });
      const vectors = texts.length === 0 ? [] : await encoder.encodeTexts(texts, { signal: io.signal });
      for (const [i, vector] of vectors.entries()) await writer.write(toRow(texts[i] as string, vector));
      let total = 0;
      let failed = 0;
      for await (const { found, outcome } of encodeFound(encoder, findImages(images, findOptionsOf(run)), run)) {
        total++;
        if ('error' in outcome) failed++;
        await writer.write('error' in outcome ? toFailedRow(found.path, outcome.error) : toRow(found.path, outcome.embedding));
      }
      await writer.end();
      reportErrors(failed, total);
    });
}
