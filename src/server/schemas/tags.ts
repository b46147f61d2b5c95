import { z } from '@hono/zod-openapi';
import { correctionSchema, tagSchema } from './images.js';

const tag = z.string().min(1).max(1000);
const tags = z.array(tag).max(100);

export const tagChangeSchema = z
  .object({
    add: tags.optional().openapi({ description: 'Tags that the image shows.', example: ['dog'] }),
    remove: tags.optional().openapi({ description: 'Tags that it does not show.', example: ['wolf'] }),
  })
  .strict()
  .openapi('TagChange');

export const tagListSchema = z
  .object({ tags: tags.openapi({ description: 'All tags that the image is to have; others are removed.' }) })
  .strict()
  .openapi('TagList');

export const correctedSchema = z
  .object({
    id: z.string(),
    tags: z.array(tagSchema).openapi({ description: 'The tags that the image has now.' }),
    corrections: z.array(correctionSchema).openapi({ description: 'What was corrected, each with what it took the place of.' }),
  })
  .openapi('Corrected');

export const undoneSchema = z.object({ id: z.string(), tag: z.string(), tags: z.array(tagSchema) }).openapi('UndoneCorrection');

export const tagSetsSchema = z
  .object({
    tagSets: z.array(
      z.object({
        name: z.string(),
        labels: z.int(),
        tags: z.int().openapi({ description: 'How many tags it gave.' }),
        images: z.int().openapi({ description: 'How many images were looked at.' }),
        minProbability: z.number(),
        model: z.string(),
        createdAt: z.string(),
      }),
    ),
  })
  .openapi('TagSets');

export const tagCountsSchema = z
  .object({ tags: z.array(z.object({ tag: z.string(), images: z.int() })).openapi({ description: 'The most frequent first.' }) })
  .openapi('TagCounts');
