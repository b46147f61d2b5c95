import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import { VERSION } from '../files/package-root.js';
import type { AppEnv } from './app.js';

/** Spans go nowhere unless the program registered an SDK of OpenTelemetry. They hold neither addresses nor what was asked. */
const tracer = () => trace.getTracer('labelwise', VERSION);

/** The pattern of a request's route, never what the client wrote. */
export const routeOf = (c: Context): string => matchedRoutes(c).findLast(({ path }) => !path.endsWith('*'))?.path ?? 'unknown';

/** A request as a span, below that of whoever sent it (traceparent). */
export async function traceRequest(c: Context<AppEnv>, work: () => Promise<void>): Promise<void> {
  const parent = propagation.extract(context.active(), Object.fromEntries(c.req.raw.headers));
  const { method } = c.req;
  await tracer().startActiveSpan(method, { kind: SpanKind.SERVER, attributes: { 'http.request.method': method } }, parent, async (span) => {
    try {
      await work();
      const route = routeOf(c);
      span.updateName(`${method} ${route}`);
      span.setAttributes({ 'http.route': route, 'http.response.status_code': c.res.status, 'labelwise.request_id': c.get('requestId') });
      if (c.res.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    } finally {
      span.end();
    }
  });
}

/** Work as a span of the request that it belongs to. */
export async function inSpan<T>(name: string, work: () => Promise<T>): Promise<T> {
  return await tracer().startActiveSpan(name, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span of work that has ended; times are milliseconds of performance.now(). */
export function addSpan(name: string, startMs: number, endMs: number): void {
  const span: Span = tracer().startSpan(name, { startTime: performance.timeOrigin + startMs });
  span.end(performance.timeOrigin + endMs);
}
