import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { serve } from '@hono/node-server';
import { LabelwiseError } from '../errors.js';
import type { Workspace } from '../tasks/workspace.js';
import { createApp } from './create-app.js';
import { createService, type ServiceSettings } from './service.js';

export interface ServerSettings extends ServiceSettings {
  /** Where it listens; 127.0.0.1 by default. */
  readonly host?: string | undefined;
  /** 8080 by default; 0 chooses a free one. */
  readonly port?: number | undefined;
  /** Let everybody in, though others than this machine may connect. */
  readonly isOpen?: boolean | undefined;
}

/** A service that runs. */
export interface RunningServer extends AsyncDisposable {
  readonly address: string;
  /** Loads the model and opens both of its sides, so that the first request does not wait for them. Until then, `/readyz` says no. */
  warm(): Promise<void>;
  /** Answers what is in flight, for at most `graceMs`, and takes nothing new. */
  close(): Promise<void>;
}

const GRACE_MS = 30_000;
/** A client that sends its request slowly holds a connection, and nothing else; it is cut off after this. */
const REQUEST_TIMEOUT_MS = 60_000;

/** Filters and cursors of a list are in the address. */
const MAX_HEAD_BYTES = 32 * 2 ** 10;

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** Starts a service. @throws LabelwiseError `INVALID_ARGUMENT` for a host that others can reach without keys, or a port that is taken */
export async function startServer(workspace: Workspace, settings: ServerSettings = {}): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 8080, keys, isOpen = false } = settings;
  if (!isLoopback(host) && keys === undefined && !isOpen)
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected keys for a service that others can reach at ${host}, got none.`, {
      hint: 'Give a file of keys with `keys`, or let everybody in with `open`.',
    });
  const service = createService(workspace, { ...settings, isLocal: isLoopback(host) && keys === undefined && !isOpen });
  const app = createApp(service);
  const server = await listen(
    () => serve({ fetch: app.fetch, hostname: host, port, serverOptions: { maxHeaderSize: MAX_HEAD_BYTES } }) as Server,
    `${host}:${port}`,
  );
  const drain = followConnections(server);
  server.on('clientError', answerBadHead);
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = 20_000;
  server.keepAliveTimeout = 10_000;
  const bound = server.address() as { address: string; port: number; family: string };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    service.beginClose();
    closing ??= drain().then(() => service.close());
    return closing;
  };
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return { address: `http://${name}:${bound.port}`, warm: service.warm, close, [Symbol.asyncDispose]: close };
}

async function listen(begin: () => Server, place: string): Promise<Server> {
  const server = begin();
  await new Promise<void>((ready, fail) => {
    server.once('listening', ready);
    server.once('error', (cause) =>
      fail(
        new LabelwiseError('INVALID_ARGUMENT', `The service cannot listen on ${place}: ${cause.message}.`, {
          hint: 'Choose another `port` or `host`.',
          cause,
        }),
      ),
    );
  });
  return server;
}

/** What Node cannot parse never becomes a request; its client gets a problem like any other. */
function answerBadHead(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, title, detail] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request header fields too large', `Expected a head of at most ${MAX_HEAD_BYTES} bytes.`]
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request timeout', 'The request took too long to arrive.']
        : [400, 'Bad request', 'The request is not HTTP.'];
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code: 'REQUEST_INVALID', requestId: randomUUID() });
  const head = `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
  socket.end(head + body);
}

/** Keeps which connections have a request in hand, so that those without one do not hold up the end. */
function followConnections(server: Server): () => Promise<void> {
  const inHand = new Map<Socket, number>();
  let isEnding = false;
  server.on('connection', (socket: Socket) => {
    inHand.set(socket, 0);
    socket.once('close', () => inHand.delete(socket));
  });
  server.on('request', ({ socket }: { socket: Socket }, response: { once(event: 'close', listener: () => void): void }) => {
    inHand.set(socket, (inHand.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (inHand.get(socket) ?? 1) - 1;
      if (inHand.has(socket)) inHand.set(socket, left);
      if (isEnding && left === 0) socket.end();
    });
  });
  return async () => {
    isEnding = true;
    const closed = new Promise<void>((done) => server.close(() => done()));
    for (const [socket, count] of inHand) if (count === 0) socket.destroy();
    const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
    await closed;
    clearTimeout(timer);
  };
}
