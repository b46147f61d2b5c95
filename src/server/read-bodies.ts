import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Context, MiddlewareHandler } from 'hono';
import type { AppEnv } from './app.js';
import { RequestProblem } from './problem.js';
import type { Service } from './service.js';
import type { WorkQueue } from './work-queue.js';

/**
 * Where the line is full, a client waits so long for its answer. Those that come again at once would otherwise keep the service so busy with
 * turning them away that it does little else.
 */
const PAUSE_MS = 500;

const WITHOUT_BODY = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

interface Reading {
  readonly maxBytes: number;
  /** Counts bytes as they come. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Reads the body of each request into one buffer before its route runs, `c.var.body`. It comes straight from the connection: as a stream
 * of the web each chunk is copied several times and wrapped in objects, which takes a tenth of what an image costs in all.
 */
export function readBodies({ settings: { maxBodyBytes: maxBytes }, queue, memory }: Service): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (WITHOUT_BODY.has(c.req.method)) return await next();
    if (queue.isFull && hasBody(c)) await leaveOrStay(queue, c.req.raw.signal);
    await memory.hold(async (onBytes) => {
      c.set('body', await readBody(c, { maxBytes, onBytes }));
      await next();
    });
  };
}

const hasBody = ({ req }: Context): boolean =>
  req.header('transfer-encoding') !== undefined || Number(req.header('content-length') ?? 0) > 0;

/** Turns a client away before its body is read, unless there is room after a pause. @throws RequestProblem 503, or the signal's reason */
async function leaveOrStay(queue: WorkQueue, signal: AbortSignal): Promise<void> {
  await setTimeout(PAUSE_MS, undefined, { signal });
  queue.refuseFull();
}

async function readBody(c: Context<AppEnv>, reading: Reading): Promise<Buffer> {
  const { incoming } = (c.env ?? {}) as { readonly incoming?: IncomingMessage & { rawBody?: Buffer } };
  if (Number(c.req.header('content-length') ?? 0) > reading.maxBytes) throw tooLarge(reading.maxBytes);
  if (incoming === undefined) return await readWithoutSocket(c, reading); // in a test
  const body = await collect(incoming, reading);
  incoming.rawBody = body; // where @hono/node-server looks for it when a route wants text or JSON
  return body;
}

async function readWithoutSocket(c: Context<AppEnv>, { maxBytes, onBytes }: Reading): Promise<Buffer> {
  const body = Buffer.from(await c.req.arrayBuffer());
  if (body.length > maxBytes) throw tooLarge(maxBytes);
  onBytes(body.length);
  return body;
}

/** What arrives, until it ends. What is left of a body that is refused is for Node to throw away. */
function collect(incoming: IncomingMessage, { maxBytes, onBytes }: Reading): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (settle: () => void) => (): void => {
      incoming.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      settle();
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      try {
        onBytes(chunk.length);
        if (size > maxBytes) throw tooLarge(maxBytes);
      } catch (error) {
        end(() => reject(error))();
      }
    };
    const onEnd = end(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    const onBroken = end(() => reject(new RequestProblem(400, 'REQUEST_INVALID', 'The body broke off.')));
    incoming.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
    if (incoming.destroyed) onBroken();
  });
}

const tooLarge = (maxBytes: number): RequestProblem =>
  new RequestProblem(413, 'BODY_TOO_LARGE', `Expected a body of at most ${maxBytes} bytes.`, {
    hint: 'Send fewer images in one request, or smaller ones.',
  });
