import type { OpenAPIHono } from '@hono/zod-openapi';

/** What every route knows of its request. */
export type AppEnv = { Variables: { requestId: string } };
export type App = OpenAPIHono<AppEnv>;
