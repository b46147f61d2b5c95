import type { Context } from 'hono';
import type { AppEnv } from './app.js';
import { describeFailure, textsOf } from './request-log.js';
import type { Service } from './service.js';
import { routeOf } from './tracing.js';

/** Asked every few seconds by whoever watches over the service: counted, not logged. */
const HEALTH = new Set(['/healthz', '/readyz', '/health', '/v1/health', '/ping']);

/** Counts and logs a request that was answered. */
export function observeRequest(c: Context<AppEnv>, service: Service, began: number): void {
  const ms = performance.now() - began;
  const { status } = c.res;
  const { method } = c.req;
  const route = routeOf(c);
  service.metrics.observe({ method, route, status, seconds: ms / 1000 });
  const { log, hasLogTexts } = service.settings;
  if (!log || HEALTH.has(route)) return;
  const asked = hasLogTexts ? askedOf(c) : undefined;
  log.info(
    {
      requestId: c.get('requestId'),
      method,
      route,
      status,
      ms: Math.round(ms * 10) / 10,
      key: c.get('keyName'),
      code: c.get('code'),
      asked,
    },
    'request',
  );
}

/** A failure that the client is told nothing of. */
export function reportFailure({ settings }: Service, requestId: string, error: unknown): void {
  settings.onFailure?.(requestId, error);
  settings.log?.error({ requestId, ...describeFailure(error, settings.hasLogTexts === true) }, 'failure');
}

/** A body that is not JSON, or was not read, has no texts. */
function askedOf({ req, var: { body } }: Context<AppEnv>): Record<string, unknown> {
  const { search, pathname } = new URL(req.url);
  return { path: pathname + search, ...textsOf(parseJson(body)) };
}

/** Forms are told by their beginning: they hold images, and are not turned into text. */
function parseJson(body: Buffer | undefined): unknown {
  if (!body || !/^\s*\{/.test(body.toString('latin1', 0, 100))) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
