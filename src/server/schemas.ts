import { z } from '@hono/zod-openapi';

/** What requests and answers look like: one source for checks, types and the OpenAPI document. */

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

const labels = z.array(z.string().max(1000)).max(10_000);
const templates = z
  .array(z.string().max(1000))
  .min(1)
  .max(200)
  .openapi({ description: 'Prompt templates with one {} each.', example: ['a photo of a {}'] });
const topK = z.int().min(1).max(10_000).openapi({ description: 'How many predictions to keep; 5 by default.' });

/** The choice of labels, in JSON. */
export const labelChoiceSchema = z.object({
  labels: labels
    .min(1)
    .optional()
    .openapi({ example: ['cat', 'dog', 'red panda'] }),
  labelTable: z.string().max(200).optional().openapi({ description: 'A label table of the database, in place of `labels`.' }),
  templates: templates.optional(),
  templateSet: z.string().max(200).optional().openapi({ description: 'A template set that ships with labelwise.' }),
  scoring: z.enum(['softmax', 'sigmoid']).optional(),
  topK: topK.optional(),
});

export const classifyJsonSchema = labelChoiceSchema
  .extend({ images: z.array(z.string().min(1)).min(1).openapi({ description: 'Images as base64 or data URLs.' }) })
  .strict()
  .openapi('ClassifyRequest');

/** The same as a form: fields are texts, and lists are comma-separated or repeated. */
export const classifyFormSchema = z
  .object({
    image: z.any().openapi({ type: 'array', items: { type: 'string', format: 'binary' }, description: 'One file or several.' }),
    labels: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .openapi({ description: 'Comma-separated, or repeated.', example: 'cat,dog' }),
    labelTable: z.string().optional(),
    templates: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .openapi({ description: 'One template, or the field repeated.' }),
    templateSet: z.string().optional(),
    scoring: z.enum(['softmax', 'sigmoid']).optional(),
    topK: z.coerce.number().int().min(1).max(10_000).optional(),
  })
  .strict()
  .openapi('ClassifyForm');

export const predictionSchema = z
  .object({
    label: z.string(),
    similarity: z.number().openapi({ description: 'Cosine of the image and the class embedding.' }),
    distance: z.number(),
    logit: z.number().nullable(),
    probability: z.number().nullable().openapi({ description: 'Over all labels, however many predictions are kept.' }),
  })
  .openapi('Prediction');

export const classifyResultSchema = z
  .object({
    model: z.string(),
    results: z.array(
      z.union([
        z.object({ image: z.string(), predictions: z.array(predictionSchema) }),
        z.object({ image: z.string(), error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }) }),
      ]),
    ),
  })
  .openapi('ClassifyResult');

export const embeddingsResultSchema = z
  .object({
    object: z.literal('list'),
    model: z.string(),
    data: z.array(z.object({ object: z.literal('embedding'), index: z.int(), embedding: z.union([z.array(z.number()), z.string()]) })),
    usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
  })
  .openapi('EmbeddingsResult');

export const searchRequestSchema = z
  .object({
    query: z
      .string()
      .max(2000)
      .optional()
      .openapi({ description: 'Words, and tags: "on the beach tag:dog".', example: 'a dog on the beach' }),
    without: z.array(z.string().max(2000)).max(20).optional(),
    like: z
      .array(z.string().regex(/^[0-9a-f]{6,64}$/))
      .max(20)
      .optional()
      .openapi({ description: 'Ids of images to find similar ones to.' }),
    after: z.string().max(40).optional(),
    before: z.string().max(40).optional(),
    format: z.string().max(40).optional(),
    minSimilarity: z.number().min(-1).max(1).optional(),
    relevant: z.boolean().optional(),
    exact: z.boolean().optional(),
    topK: z.int().min(1).max(1000).optional(),
    offset: z.int().min(0).max(1_000_000).optional(),
  })
  .strict()
  .openapi('SearchRequest');

export const imageSchema = z
  .object({
    id: z.string().openapi({ description: 'The content hash: the same bytes have the same id everywhere.' }),
    name: z.string(),
    rank: z.int().optional(),
    similarity: z.number().nullable().optional(),
    tagProbability: z.number().nullable().optional(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    format: z.string().nullable(),
    takenAt: z.string().nullable(),
    camera: z.string().nullable(),
  })
  .openapi('Image');

export const searchResultSchema = z
  .object({
    images: z.array(imageSchema),
    isNothingRelevant: z.boolean(),
    nextOffset: z.int().nullable().openapi({ description: 'Where the next page begins; null at the end.' }),
    notes: z.array(z.string()),
  })
  .openapi('SearchResult');

/** Hugging Face's zero-shot image classification, in the forms of its two clients. */
export const zeroShotRequestSchema = z
  .strictObject({
    inputs: z.union([z.string().min(1), z.strictObject({ image: z.string().min(1) })]),
    parameters: z.strictObject({ candidate_labels: labels.min(1), hypothesis_template: z.string().max(1000).optional() }),
    options: z.record(z.string(), z.unknown()).optional(),
  })
  .openapi('ZeroShotRequest');
