import { LabelwiseError } from '../../errors.js';
import type { CliIo } from '../../local/io.js';
import { type EmbeddingRow, embeddingRows, type FailedEmbedding } from '../../rows/embedding-rows.js';
import { startRun } from '../context.js';
import { encodeFound, reportErrors, toErrorRow } from '../encode-found.js';
import { addFormats, excludeOption, modelCommand } from '../options.js';
import { createRowWriter, formatOf } from '../render/rows.js';

/** An image that could not be used, under the key of those that could. */
const toFailedRow = (found: string, error: unknown): FailedEmbedding => ({ input: found, error: toErrorRow(found, error).error });

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
      const writer = createRowWriter(io, formatOf(flags), embeddingRows);
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
      for await (const { found, outcome } of encodeFound(encoder, images, run)) {
        total++;
        if ('error' in outcome) failed++;
        await writer.write('error' in outcome ? toFailedRow(found.path, outcome.error) : toRow(found.path, outcome.embedding));
      }
      await writer.end();
      reportErrors(failed, total);
    });
}
