import { createRoute } from '@hono/zod-openapi';
import type { Embedding } from '../../core/embedding.js';
import type { App } from '../app.js';
import { RequestProblem } from '../problem.js';
import { refuseTooMany, toImageBytes } from '../read-images.js';
import { embeddingsRequestSchema, embeddingsResultSchema } from '../schemas.js';
import type { Service } from '../service.js';
import { problems } from './classify.js';

const route = createRoute({
  method: 'post',
  path: '/v1/embeddings',
  operationId: 'embed',
  summary: 'Embed texts or images',
  description:
    'The protocol of OpenAI, and with `modality: "image"` that of infinity. Embeddings have unit length. Texts are embedded as they are, without templates.',
  request: { body: { required: true, content: { 'application/json': { schema: embeddingsRequestSchema } } } },
  responses: {
    200: { description: 'One embedding for each input, in order.', content: { 'application/json': { schema: embeddingsResultSchema } } },
    ...problems,
  },
});

export function addEmbeddings(app: App, service: Service): void {
  app.openapi(route, async (c) => {
    const { input, modality = 'text', encoding_format: format = 'float', dimensions } = c.req.valid('json');
    const inputs = [input].flat();
    if (modality === 'image') refuseTooMany(inputs.length, service.settings.maxItems);
    const { signal } = c.req.raw;
    const encoder = await service.encoder();
    const embeddings = await service.queue.run(async () => {
      if (modality === 'image')
        return Promise.all(inputs.map(async (text, i) => service.encode(toImageBytes(text, `input ${i + 1}`).bytes)));
      return encoder.encodeTexts(inputs, { signal });
    }, signal);
    const dimension = embeddings[0]?.length;
    if (dimensions !== undefined && dimensions !== dimension)
      throw new RequestProblem(
        400,
        'DIMENSIONS_UNAVAILABLE',
        `Expected \`dimensions\` to be ${dimension} or left out, got ${dimensions}.`,
        {
          hint: 'A part of an embedding of this model means nothing by itself.',
        },
      );
    const toJson = (embedding: Embedding): number[] | string => (format === 'base64' ? toBase64(embedding) : [...embedding]);
    const data = embeddings.map((embedding, index) => ({ object: 'embedding' as const, index, embedding: toJson(embedding) }));
    return c.json({ object: 'list' as const, model: encoder.info.name, data, usage: { prompt_tokens: 0, total_tokens: 0 } }, 200);
  });
}

/** Little-endian float32, as the clients read it. */
function toBase64(embedding: Embedding): string {
  const bytes = Buffer.alloc(embedding.length * 4);
  for (const [i, value] of embedding.entries()) bytes.writeFloatLE(value, i * 4);
  return bytes.toString('base64');
}
