import { encodeItems } from '../core/encode-items.js';
import type { ImageOutcome } from '../core/ports.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { LabelwiseError } from '../errors.js';
import { type FoundImage, findImages } from '../ingest/find-images.js';
import type { ErrorRow } from '../pages/error-row.js';
import type { Run } from './context.js';
import { findOptionsOf } from './find-options.js';
import { toShownError } from './to-flags.js';

/** An image of the command line with its embedding, or why there is none. */
export interface EncodedImage {
  readonly found: FoundImage;
  readonly outcome: ImageOutcome;
}

/** Embeds the images that a command line names, in order, with a progress bar; only a few of them are held at a time. */
export async function* encodeFound(encoder: Encoder, names: readonly string[], run: Run): AsyncGenerator<EncodedImage> {
  const images = findImages(names, findOptionsOf(run));
  const isShownByRows = run.io.stdout.isTTY === true; // rows that come on the terminal are progress enough
  const progress = run.progress('images');
  let done = 0;
  try {
    const imageOf = (found: FoundImage) => (found.error ? undefined : found.source);
    for await (const { item: found, outcome } of encodeItems(encoder, images, imageOf, {
      signal: run.io.signal,
      startsHere: names.length === 1,
    })) {
      yield { found, outcome: found.error ? { index: outcome.index, error: found.error } : outcome };
      if (!isShownByRows) progress.update(++done, undefined);
    }
  } finally {
    progress.clear();
  }
}

/** An error as a row. An error that is not a LabelwiseError is a bug, and is thrown. */
export function toErrorRow(path: string, error: unknown): ErrorRow {
  if (!(error instanceof LabelwiseError)) throw error;
  return { path, error: toShownError(error) };
}

/** After a batch: bad images are counted, and the exit code says that there were some. */
export function reportErrors(failed: number, total: number): void {
  if (failed === 0) return;
  throw new LabelwiseError(
    'BATCH_INCOMPLETE',
    total === 1
      ? 'The image could not be used.'
      : `${failed} of ${total} images could not be used${failed === total ? '' : '; the others were processed'}.`,
  );
}
