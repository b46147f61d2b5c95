import type { z } from '@hono/zod-openapi';
import { problemSchema } from '../schemas.js';

/** An answer in JSON, as the OpenAPI document declares it. */
export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** The body of a request that has to be JSON. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true as const,
  content: { 'application/json': { schema } },
});

/** What every route may answer instead. */
export const problems = {
  default: { description: 'What went wrong.', content: { 'application/problem+json': { schema: problemSchema } } },
};
