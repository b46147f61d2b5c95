import type { OpenAPIHono } from '@hono/zod-openapi';

/** What every route knows of its request. */
export type AppEnv = {
  Variables: {
    requestId: string;
    /** Its body, where its method has one. */
    body: Buffer;
    /** The name of its key. */
    keyName?: string | undefined;
    /** The code of its error. */
    code?: string | undefined;
  };
};
export type App = OpenAPIHono<AppEnv>;
