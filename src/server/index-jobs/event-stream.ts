import type { JobLog } from './job.js';

export interface EventStreamOptions {
  /** The id of the last event that the client has seen. */
  readonly after: number | undefined;
  /** A line without meaning is sent so often, so that proxies keep the connection and a lost client is noticed. */
  readonly heartbeatMs: number;
  /** Ends the stream: the service closes. */
  readonly signal: AbortSignal;
  readonly onEnd?: (() => void) | undefined;
}

/** The events of a job as server-sent events, until it ends. A client that reads slowly gets fewer of them: each holds the whole job. */
export function streamEvents(log: JobLog, { after, heartbeatMs, signal, onEnd }: EventStreamOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let seen = after;
  let isOver = false;
  let release = (): void => {};
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    release();
    onEnd?.();
  };
  const hasRoom = (controller: Controller): boolean => !isOver && (controller.desiredSize ?? 0) > 0;
  const send = (controller: Controller): void => {
    for (const { id, job } of log.eventsAfter(seen)) {
      if (!hasRoom(controller)) return;
      seen = id;
      controller.enqueue(encoder.encode(`id: ${id}\nevent: job\ndata: ${JSON.stringify(job)}\n\n`)); // may ask for more at once
    }
    if (log.hasEnded) close(controller);
  };
  const close = (controller: Controller): void => {
    if (isOver) return;
    end();
    controller.close();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const unfollow = log.follow(() => send(controller));
        const timer = setInterval(() => {
          if (hasRoom(controller)) controller.enqueue(encoder.encode(': still there\n\n'));
        }, heartbeatMs);
        const onClose = (): void => close(controller);
        signal.addEventListener('abort', onClose, { once: true });
        release = () => {
          unfollow();
          clearInterval(timer);
          signal.removeEventListener('abort', onClose);
        };
        controller.enqueue(encoder.encode('retry: 2000\n\n'));
        if (signal.aborted) onClose();
        else send(controller);
      },
      pull: send,
      cancel: end,
    },
    { highWaterMark: 16 },
  );
}

type Controller = ReadableStreamDefaultController<Uint8Array>;
