import { z } from '@hono/zod-openapi';

/** What requests and answers look like: one source for checks, types and the OpenAPI document. More are in schemas/. */

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().openapi({ description: 'A stable name of the failure.' }),
    hint: z.string().optional().openapi({ description: 'What to do.' }),
    requestId: z.string(),
    error: z
      .object({ message: z.string(), type: z.string(), code: z.string(), param: z.null() })
      .optional()
      .openapi({ description: 'The same for the clients of OpenAI, in answers about embeddings.' }),
  })
  .openapi('Problem');

export const labels = z.array(z.string().max(1000)).max(10_000);
export const embeddingsResultSchema = z
  .object({
    object: z.literal('list'),
    model: z.string(),
    data: z.array(z.object({ object: z.literal('embedding'), index: z.int(), embedding: z.union([z.array(z.number()), z.string()]) })),
    usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
  })
  .openapi('EmbeddingsResult');

/** Hugging Face's zero-shot image classification, in the forms of its two clients. */
export const zeroShotRequestSchema = z
  .strictObject({
    inputs: z.union([z.string().min(1), z.strictObject({ image: z.string().min(1) })]),
    parameters: z.strictObject({ candidate_labels: labels.min(1), hypothesis_template: z.string().max(1000).optional() }),
    options: z.record(z.string(), z.unknown()).optional(),
  })
  .openapi('ZeroShotRequest');
