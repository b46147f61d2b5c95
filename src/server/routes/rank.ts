import { createRoute, z } from '@hono/zod-openapi';
import { type Embedding, isUnit } from '../../core/embedding.js';
import { answerOf } from '../answer-of.js';
import type { App } from '../app.js';
import { mutable } from '../mutable.js';
import { RequestProblem } from '../problem.js';
import { refuseTooMany } from '../read-images.js';
import { classifiedSchema, labelChoiceSchema } from '../schemas/classify.js';
import type { Service } from '../service.js';
import { alone } from './classify.js';
import { json, jsonBody, problems } from './responses.js';

const rankSchema = labelChoiceSchema
  .omit({ explain: true, heatMap: true })
  .extend({
    embeddings: z
      .array(z.string().min(1).max(100_000))
      .min(1)
      .openapi({ description: 'Images as `/v1/embeddings` gives them with `"encoding_format": "base64"`.' }),
    fingerprint: z.string().max(200).openapi({ description: 'The model that made them: `fingerprint` of `/v1/models`.' }),
  })
  .strict()
  .openapi('RankRequest');

const rankedSchema = z
  .object({ results: z.array(classifiedSchema.omit({ image: true, explanation: true })), warnings: z.array(z.string()) })
  .openapi('RankResult');

const route = createRoute({
  method: 'post',
  path: '/v1/rank',
  operationId: 'rank',
  summary: 'Rank labels for images that are embedded already',
  description: 'The answers of `/v1/classify`, for 2 kB an image: send a picture once, and then one list of labels after another.',
  request: { body: jsonBody(rankSchema) },
  responses: {
    200: json(rankedSchema, 'One result for each embedding, in order.'),
    ...problems,
  },
});

export function addRank(app: App, service: Service): void {
  app.openapi(route, async (c) => {
    const { embeddings, fingerprint, minProbability, ...labels } = c.req.valid('json');
    refuseTooMany(embeddings.length, service.settings.maxItems);
    if (minProbability !== undefined && !labels.multiple) throw alone('minProbability', 'multiple');
    const bound = await service.queue.run(() => service.bind(labels), c.req.raw.signal);
    const { info } = bound.encoder;
    if (fingerprint !== info.fingerprint) throw mismatch(`the model ${info.name}`, 'those of another model');
    const dimension = bound.zeroShot.classEmbeddings.vectors[0]?.length ?? 0;
    const results = embeddings.map((text) => answerOf(bound, readEmbedding(text, dimension), { topK: labels.topK, minProbability }));
    return c.json(mutable({ results, warnings: bound.warnings }), 200);
  });
}

/** Little-endian float32 in base64. */
function readEmbedding(text: string, dimension: number): Embedding {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== 4 * dimension) throw mismatch(`${dimension} numbers`, `${bytes.length} bytes`);
  const embedding = Float32Array.from({ length: dimension }, (_, i) => bytes.readFloatLE(4 * i));
  if (!isUnit(embedding)) throw mismatch('vectors of length 1', 'another length');
  return embedding;
}

const mismatch = (expected: string, got: string): RequestProblem =>
  new RequestProblem(409, 'EMBEDDING_MISMATCH', `Expected embeddings of ${expected}, got ${got}.`, {
    hint: 'Embed the images again with POST /v1/embeddings, and send the fingerprint that GET /v1/models names.',
  });
