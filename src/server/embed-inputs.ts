import type { Embedding } from '../core/embedding.js';
import { RequestProblem } from './problem.js';
import { refuseTooMany } from './read-images.js';
import type { EmbeddingInput } from './routes/compatible/embedding-request.js';
import type { Service } from './service.js';

interface EmbedOptions {
  readonly dimensions?: number | undefined;
  readonly signal: AbortSignal;
  /** Called with what may make the embeddings worse, such as a text that was cut. */
  readonly onWarning: (message: string) => void;
}

/** The embeddings of texts and images, in order. @throws RequestProblem, or LabelwiseError for an image that cannot be used */
export async function embedInputs(
  service: Service,
  inputs: readonly EmbeddingInput[],
  { dimensions, signal, onWarning }: EmbedOptions,
): Promise<readonly Embedding[]> {
  refuseTooMany(inputs.filter((input) => 'image' in input).length, service.settings.maxItems);
  const encoder = await service.encoder();
  const embeddings = await service.queue.run(async () => {
    const texts = inputs.flatMap((input) => ('text' in input ? [input.text] : []));
    const made = texts.length === 0 ? [] : await encoder.encodeTexts(texts, { signal, onWarning });
    const next = made[Symbol.iterator]();
    return Promise.all(
      inputs.map(async (input, i) => {
        if ('text' in input) return next.next().value as Embedding;
        const image = { text: input.image, name: `input ${i + 1}` };
        return service.withImage(image, signal, (bytes) => service.encode(bytes, signal, encoder));
      }),
    );
  }, signal);
  refuseOtherDimensions(dimensions, embeddings[0]?.length);
  return embeddings;
}

function refuseOtherDimensions(wanted: number | undefined, dimension: number | undefined): void {
  if (wanted === undefined || wanted === dimension) return;
  throw new RequestProblem(400, 'DIMENSIONS_UNAVAILABLE', `Expected \`dimensions\` to be ${dimension} or left out, got ${wanted}.`, {
    hint: 'A part of an embedding of this model means nothing by itself.',
  });
}

/** Little-endian float32, as the clients read it. */
export function toBase64(embedding: Embedding): string {
  const bytes = Buffer.alloc(embedding.length * 4);
  for (const [i, value] of embedding.entries()) bytes.writeFloatLE(value, i * 4);
  return bytes.toString('base64');
}
