import { z } from '@hono/zod-openapi';
import { itemErrorSchema, MOST, templateSetSchema, templatesSchema } from './classify.js';
import { idSchema } from './images.js';

export const labelSetNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/, { message: 'expected letters, digits, "_", "-" and "."' })
  .openapi({ description: 'The name of a label set.', example: 'pets' });

export const labelSetParam = z.object({ name: labelSetNameSchema });
export const versionQuery = z
  .object({ version: z.coerce.number().int().min(1).optional().openapi({ description: 'A former version.' }) })
  .strict();

const word = z.string().min(1).max(MOST.labelLength);

export const labelSchema = z
  .object({
    name: z.string(),
    promptName: z.string().openapi({ description: 'What prompts call it.' }),
    synonyms: z.array(z.string()),
    parent: z.string().optional().openapi({ description: 'The label that this one is a kind of.' }),
  })
  .openapi('Label');

const labelInput = z.union([
  word,
  z.object({ label: word, promptName: word.optional(), synonyms: z.array(word).max(20).optional(), parent: word.optional() }).strict(),
]);

export const storeLabelSetSchema = z
  .object({
    labels: z
      .array(labelInput)
      .min(1)
      .max(MOST.labels)
      .openapi({ example: ['cat', 'dog'] }),
    templates: templatesSchema.optional(),
    templateSet: templateSetSchema.optional(),
  })
  .strict()
  .openapi('StoreLabelSet');

const summary = {
  name: z.string(),
  source: z.enum(['stored', 'shipped']),
  version: z.int().optional().openapi({ description: 'Of a stored label set.' }),
  createdAt: z.string().optional(),
  model: z.string().optional().openapi({ description: 'The model that embedded a stored label set.' }),
};

export const labelSetsSchema = z.object({ labelSets: z.array(z.object({ ...summary, labels: z.int() })) }).openapi('LabelSets');

export const labelSetSchema = z
  .object({
    ...summary,
    labels: z.array(labelSchema),
    templates: z.array(z.string()).optional().openapi({ description: 'Of a stored label set; one that ships takes those of the request.' }),
    versions: z.array(z.object({ version: z.int(), createdAt: z.string() })).openapi({ description: 'All versions, oldest first.' }),
  })
  .openapi('LabelSet');

export const templateSetsSchema = z
  .object({ templateSets: z.array(z.object({ name: z.string(), templates: z.array(z.string()) })) })
  .openapi('TemplateSets');

export const teachJsonSchema = z
  .object({
    examples: z
      .array(
        z.union([
          z.object({ label: word, id: idSchema }).strict(),
          z.object({ label: word, image: z.string().min(1).openapi({ description: 'Base64 or a data URL.' }) }).strict(),
        ]),
      )
      .min(1)
      .optional()
      .openapi({ description: 'Images that show a label: of the library by their ids, or as bytes.' }),
    fromCorrections: z
      .boolean()
      .optional()
      .openapi({ description: 'Learn from all corrections of tags by hand, in place of those learnt before.' }),
  })
  .strict()
  .openapi('TeachRequest');

export const teachFormSchema = z
  .object({
    image: z.any().openapi({ type: 'array', items: { type: 'string', format: 'binary' }, description: 'Images that show the label.' }),
    label: word,
  })
  .strict()
  .openapi('TeachForm');

export const forgetQuery = z
  .object({
    label: word.optional().openapi({ description: 'Forget the examples of this label; without it, all.' }),
    id: idSchema.optional().openapi({ description: 'With `label`: forget this example alone.' }),
  })
  .strict();

export const lessonSchema = z
  .object({
    name: z.string(),
    model: z.string(),
    added: z.int(),
    known: z.int().openapi({ description: 'Images that were examples of their label already.' }),
    forgotten: z.int(),
    examples: z.int().openapi({ description: 'How many the label set has now.' }),
    labels: z.int().openapi({ description: 'How many labels have examples now.' }),
    leaveOneOut: z
      .object({ photos: z.int(), before: z.int(), after: z.int() })
      .nullable()
      .openapi({ description: 'Examples that are answered right without examples, and with all the others; null where no label has two.' }),
    gain: z.number().nullable().openapi({ description: '(after - before) / photos.' }),
    summary: z.string().openapi({ description: 'The gain in words.' }),
    failed: z.array(z.object({ image: z.string(), error: itemErrorSchema })),
  })
  .openapi('Lesson');

export const examplesSchema = z
  .object({
    examples: z.array(
      z.object({
        label: z.string(),
        id: z.string(),
        isPositive: z.boolean().openapi({ description: 'False where a person said that the image does not show the label.' }),
        source: z.string(),
        addedAt: z.string(),
      }),
    ),
  })
  .openapi('Examples');
