import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { gatherWarnings } from '../../core/gather-warnings.js';
import type { App } from '../app.js';
import { embedInputs, toBase64 } from '../embed-inputs.js';
import { embeddingsResultSchema } from '../schemas.js';
import type { Service } from '../service.js';
import { warnInHeader } from '../warnings-header.js';
import { embeddingsRequestSchema, readEmbeddingRequest } from './compatible/embedding-request.js';
import { json, jsonBody, problems } from './responses.js';

const route = createRoute({
  method: 'post',
  path: '/v1/embeddings',
  operationId: 'embed',
  summary: 'Embed texts or images',
  description:
    'The protocols of OpenAI, infinity (`modality: "image"`), Jina (`input` with objects) and vLLM (`messages`). Embeddings have unit length. Texts are embedded as they are, without templates. The header `X-Labelwise-Warnings` names what may make them worse, such as a text that was cut.',
  request: { body: jsonBody(embeddingsRequestSchema) },
  responses: {
    200: json(embeddingsResultSchema, 'One embedding for each input, in order.'),
    ...problems,
  },
});

/** Addresses of the same under which infinity serves it; one that ends in _image takes images alone. */
const ALIASES = ['/embeddings', '/v1/embeddings_image', '/embeddings_image'];

export function addEmbeddings(app: App, service: Service): void {
  const answer = async (c: Context, request: ReturnType<typeof readEmbeddingRequest>) => {
    const { inputs, format, dimensions } = request;
    const { warnings, onWarning } = gatherWarnings();
    const embeddings = await embedInputs(service, inputs, { dimensions, signal: c.req.raw.signal, onWarning });
    warnInHeader(c, warnings);
    const data = embeddings.map((embedding, index) => ({
      object: 'embedding' as const,
      index,
      embedding: format === 'base64' ? toBase64(embedding) : [...embedding],
    }));
    const { name } = (await service.encoder()).info;
    return { object: 'list' as const, model: name, data, usage: { prompt_tokens: 0, total_tokens: 0 } };
  };
  app.openapi(route, async (c) => c.json(await answer(c, readEmbeddingRequest(c.req.valid('json'))), 200));
  for (const path of ALIASES)
    app.post(path, async (c) => {
      const body = embeddingsRequestSchema.parse(await c.req.json());
      const request = readEmbeddingRequest(path.endsWith('_image') ? { ...body, modality: body.modality ?? 'image' } : body);
      return c.json(await answer(c, request));
    });
}
