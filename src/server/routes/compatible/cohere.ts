import { randomUUID } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { gatherWarnings } from '../../../core/gather-warnings.js';
import type { App } from '../../app.js';
import { embedInputs, toBase64 } from '../../embed-inputs.js';
import { RequestProblem } from '../../problem.js';
import type { Service } from '../../service.js';
import { warnInHeader } from '../../warnings-header.js';
import { type EmbeddingInput, inputOfMessage, toText } from './embedding-request.js';

const requestSchema = z.strictObject({
  model: z.string().optional(),
  /** Cohere's models embed a query and a document differently; this kind of model does not. */
  input_type: z.enum(['search_document', 'search_query', 'classification', 'clustering', 'image']).optional(),
  texts: z.array(z.string().min(1)).min(1).max(2048).optional(),
  images: z.array(z.string().min(1)).min(1).optional(),
  inputs: z
    .array(z.strictObject({ content: z.array(z.unknown()) }))
    .min(1)
    .max(2048)
    .optional(),
  embedding_types: z
    .array(z.enum(['float', 'base64']))
    .min(1)
    .optional(),
  output_dimension: z.int().min(1).optional(),
  truncate: z.literal('END').optional(),
  priority: z.int().optional(),
});

/** Cohere's `/v2/embed`, with texts, images or inputs of one part. */
export function addCohere(app: App, service: Service): void {
  app.post('/v2/embed', async (c) => {
    const {
      texts,
      images,
      inputs,
      embedding_types: types = ['float'],
      output_dimension: dimensions,
    } = requestSchema.parse(await c.req.json());
    const given: EmbeddingInput[][] = [
      texts?.map(toText) ?? [],
      images?.map((image) => ({ image })) ?? [],
      inputs?.map(({ content }) => inputOfMessage(content)) ?? [],
    ].filter((list) => list.length > 0);
    if (given.length !== 1) throw new RequestProblem(400, 'REQUEST_INVALID', 'Expected one of `texts`, `images` and `inputs`.');
    const { warnings, onWarning } = gatherWarnings();
    const embeddings = await embedInputs(service, given.flat(), { dimensions, signal: c.req.raw.signal, onWarning });
    warnInHeader(c, warnings);
    return c.json({
      id: randomUUID(),
      response_type: 'embeddings_by_type',
      texts: texts ?? [],
      embeddings: {
        ...(types.includes('float') ? { float: embeddings.map((embedding) => [...embedding]) } : {}),
        ...(types.includes('base64') ? { base64: embeddings.map(toBase64) } : {}),
      },
      meta: { api_version: { version: '2' } },
    });
  });
}
