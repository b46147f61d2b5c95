import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { cors } from 'hono/cors';
import type { App } from './app.js';
import { assertAllowed } from './keys.js';
import { clientOf, RateLimit } from './rate-limit.js';
import { isOfPage } from './routes/page.js';
import { assertLocalName, assertSameOrigin } from './same-origin.js';
import { scopeOf } from './scopes.js';
import type { Service } from './service.js';
import { WARNINGS_HEADER } from './warnings-header.js';

/** Routes that need no key: they say nothing of the library. */
const OPEN = new Set(['/healthz', '/readyz', '/health', '/v1/health', '/ping', '/openapi.json', '/docs']);

/** Who may ask, and how often: pages of other sites, keys, rates. */
export function addAccess(app: App, { settings }: Service): void {
  const { keys, ratePerMinute, corsOrigins = [], isLocal } = settings;
  const rate = ratePerMinute === undefined ? undefined : new RateLimit(ratePerMinute);
  app.use(async (c, next) => {
    if (isLocal) assertLocalName(c.req.header('host'));
    assertSameOrigin(provenanceOf(c), corsOrigins);
    await next();
  });
  if (corsOrigins.length > 0)
    app.use(
      cors({
        origin: [...corsOrigins],
        allowHeaders: ['Authorization', 'Content-Type', 'X-API-Key'],
        exposeHeaders: ['X-Request-Id', 'Retry-After', WARNINGS_HEADER],
        maxAge: 600,
      }),
    );
  app.use(async (c, next) => {
    if (OPEN.has(c.req.path) || isOfPage(c.req.path)) return await next();
    const address = (): string => `address ${clientOf(addressOf(c))}`;
    try {
      const given = { authorization: c.req.header('authorization'), apiKey: c.req.header('x-api-key') };
      const key = assertAllowed(keys, given, scopeOf(c.req.method, c.req.path));
      c.set('keyName', key?.name);
      rate?.take(key === undefined ? address() : `key ${key.name}`);
    } catch (error) {
      if (!c.get('keyName')) rate?.take(address()); // who tries keys out is held up too
      throw error;
    }
    await next();
  });
}

const provenanceOf = (c: Context) => ({
  method: c.req.method,
  host: c.req.header('host'),
  origin: c.req.header('origin'),
  forwardedHost: c.req.header('x-forwarded-host'),
  site: c.req.header('sec-fetch-site'),
});

/** The address of the connection; a header that names another is not believed. */
function addressOf(c: Context): string | undefined {
  try {
    return getConnInfo(c).remote.address;
  } catch {
    return undefined; // a request without a socket, in a test
  }
}
