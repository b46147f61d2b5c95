import { z } from '@hono/zod-openapi';
import { labels } from '../schemas.js';

/** The largest values that a choice of labels takes. */
export const MOST = { labels: 10_000, labelLength: 1000, templates: 200, topK: 10_000 } as const;

const template = z.string().max(MOST.labelLength);
const name = z.string().max(200);
const probability = z.number().min(0).max(1);

export const templatesSchema = z
  .array(template)
  .min(1)
  .max(MOST.templates)
  .openapi({ description: 'Prompt templates with one {} each.', example: ['a photo of a {}'] });

/** A name, so that no request reaches a file: template sets may also be files elsewhere. */
export const templateSetSchema = name
  .regex(/^[\w-]+$/, { message: 'expected the name of a template set' })
  .openapi({ description: 'A template set that ships with labelwise.', example: 'imagenet-7' });

const topK = z.int().min(1).max(MOST.topK).openapi({ description: 'How many predictions to keep; 5 by default.' });

const descriptions = {
  labelTable: 'A label table of the database, in place of `labels`.',
  labelSet: 'A label set that is stored or ships with labelwise, in place of `labels`. Its examples count.',
  labelSetVersion: 'A former version of a stored label set.',
  none: 'Allow the answer "none of these".',
  noneRate: 'With `none`: of the images that get a label, the largest share that may show none of them; 0.5 by default.',
  multiple: 'Decide each label by itself: an image may show several, or none. `shown` then has those that are likely enough.',
  minProbability: 'With `multiple`: the smallest probability of a label that is shown.',
  explain: 'Also say what speaks for the answer.',
  heatMap: 'With `explain`: also which parts of the image the answer depends on. Takes as long as 65 images; 4 images a request at most.',
};

/** The choice of labels, in JSON. */
export const labelChoiceSchema = z.object({
  labels: labels
    .min(1)
    .optional()
    .openapi({ example: ['cat', 'dog', 'red panda'] }),
  labelTable: name.optional().openapi({ description: descriptions.labelTable }),
  labelSet: name.optional().openapi({ description: descriptions.labelSet }),
  labelSetVersion: z.int().min(1).optional().openapi({ description: descriptions.labelSetVersion }),
  templates: templatesSchema.optional(),
  templateSet: templateSetSchema.optional(),
  scoring: z.enum(['softmax', 'sigmoid']).optional(),
  none: z.boolean().optional().openapi({ description: descriptions.none }),
  noneRate: probability.optional().openapi({ description: descriptions.noneRate }),
  multiple: z.boolean().optional().openapi({ description: descriptions.multiple }),
  minProbability: probability.optional().openapi({ description: descriptions.minProbability }),
  explain: z.boolean().optional().openapi({ description: descriptions.explain }),
  heatMap: z.boolean().optional().openapi({ description: descriptions.heatMap }),
  topK: topK.optional(),
});

export const classifyJsonSchema = labelChoiceSchema
  .extend({ images: z.array(z.string().min(1)).min(1).openapi({ description: 'Images as base64 or data URLs.' }) })
  .strict()
  .openapi('ClassifyRequest');

const text = z.union([z.string(), z.array(z.string())]);
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const share = z.coerce.number().min(0).max(1);

/** The same as a form: fields are texts, and lists are comma-separated or repeated. */
export const classifyFormSchema = z
  .object({
    image: z.any().openapi({ type: 'array', items: { type: 'string', format: 'binary' }, description: 'One file or several.' }),
    labels: text.optional().openapi({ description: 'Comma-separated, or repeated.', example: 'cat,dog' }),
    labelTable: name.optional().openapi({ description: descriptions.labelTable }),
    labelSet: name.optional().openapi({ description: descriptions.labelSet }),
    labelSetVersion: z.coerce.number().int().min(1).optional().openapi({ description: descriptions.labelSetVersion }),
    templates: text.optional().openapi({ description: 'One template, or the field repeated.' }),
    templateSet: templateSetSchema.optional(),
    scoring: z.enum(['softmax', 'sigmoid']).optional(),
    none: flag.optional().openapi({ description: descriptions.none }),
    noneRate: share.optional().openapi({ description: descriptions.noneRate }),
    multiple: flag.optional().openapi({ description: descriptions.multiple }),
    minProbability: share.optional().openapi({ description: descriptions.minProbability }),
    explain: flag.optional().openapi({ description: descriptions.explain }),
    heatMap: flag.optional().openapi({ description: descriptions.heatMap }),
    topK: z.coerce.number().int().min(1).max(MOST.topK).optional(),
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

const labelled = z.object({ label: z.string(), similarity: z.number() });

export const explanationSchema = z
  .object({
    label: z.string(),
    runnerUp: z
      .object({ label: z.string(), margin: z.number() })
      .optional()
      .openapi({ description: 'The second label, and by how much its similarity is less.' }),
    nearestLabels: z.array(labelled).openapi({ description: 'Labels that mean most nearly the same to the model.' }),
    byTemplate: z
      .array(z.object({ template: z.string(), label: z.string(), margin: z.number() }))
      .openapi({ description: 'Which label would be first with one template alone.' }),
    heatMap: z
      .object({
        cells: z.array(z.number()).length(49).openapi({ description: '7 rows of 7, from 0 to 1; 1 is the part that matters most.' }),
        largestDrop: z.number().openapi({ description: "The share of the answer's lead that is lost when that part is hidden." }),
      })
      .optional(),
  })
  .openapi('Explanation');

export const itemErrorSchema = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).openapi('ItemError');

export const classifiedSchema = z
  .object({
    image: z.string(),
    predictions: z.array(predictionSchema),
    levels: z
      .array(z.string())
      .optional()
      .openapi({ description: 'With a tree of labels: the most precise label that is likely, after those above it.' }),
    none: z
      .object({ probability: z.number(), isNone: z.boolean() })
      .optional()
      .openapi({ description: 'With `none`: whether the image shows none of the labels.' }),
    shown: z.array(z.string()).optional().openapi({ description: 'With `multiple`: the labels that the image shows.' }),
    explanation: explanationSchema.optional(),
  })
  .openapi('Classified');

export const classifyResultSchema = z
  .object({
    model: z.string(),
    results: z.array(z.union([classifiedSchema, z.object({ image: z.string(), error: itemErrorSchema })])),
    warnings: z.array(z.string()).openapi({ description: 'What may make the answers worse, such as words that the model does not know.' }),
  })
  .openapi('ClassifyResult');
