import { z } from '@hono/zod-openapi';
import { itemErrorSchema } from './classify.js';

export const startJobSchema = z
  .object({
    kind: z.literal('index').openapi({ description: 'Bring folders of the library up to date.' }),
    folders: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(100)
      .optional()
      .openapi({ description: 'Folders by their names, as `GET /v1/folders` lists them. All by default.' }),
    allowEmpty: z.boolean().optional().openapi({ description: 'Remove the images of a folder that is now empty.' }),
    crops: z
      .boolean()
      .optional()
      .openapi({ description: 'Also embed the four corners of each image, to find what is small in it. The index remembers it.' }),
  })
  .strict()
  .openapi('StartJob');

const failed = z.object({ name: z.string(), error: itemErrorSchema });

export const jobSchema = z
  .object({
    id: z.string(),
    kind: z.literal('index'),
    state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
    folders: z.array(z.string()),
    createdAt: z.string(),
    startedAt: z.string().nullable(),
    endedAt: z.string().nullable(),
    progress: z
      .object({
        done: z.int(),
        total: z.int().nullable().openapi({ description: 'Null while files are looked for.' }),
      })
      .nullable(),
    summary: z
      .object({
        found: z.int(),
        unchanged: z.int(),
        encoded: z.int(),
        known: z.int(),
        removed: z.int(),
        stillFailed: z.int(),
        failedFiles: z.int(),
        failed: z.array(failed).openapi({ description: 'The first 100 files that could not be used.' }),
        missing: z.array(failed).openapi({ description: 'Folders that are not there, or are empty now.' }),
      })
      .nullable(),
    error: z.union([itemErrorSchema, z.null()]),
    warnings: z.array(z.string()),
  })
  .openapi('Job');

export const jobsSchema = z.object({ jobs: z.array(jobSchema).openapi({ description: 'The newest first.' }) }).openapi('Jobs');

export const jobParam = z.object({
  id: z
    .string()
    .regex(/^[0-9a-f-]{36}$/)
    .openapi({ description: 'The id of a job.' }),
});
