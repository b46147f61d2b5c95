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
  let end = (): void => {};
  const send = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    for (const { id, job } of log.eventsAfter(seen)) {
      if ((controller.desiredSize ?? 0) <= 0) return;
      controller.enqueue(encoder.encode(`id: ${id}\nevent: job\ndata: ${JSON.stringify(job)}\n\n`));
      seen = id;
    }
    if (log.hasEnded) {
      end();
      controller.close();
    }
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const unfollow = log.follow(() => send(controller));
        const timer = setInterval(() => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(': still there\n\n'));
        }, heartbeatMs);
        const onClose = (): void => {
          end();
          controller.close();
        };
        end = () => {
          unfollow();
          clearInterval(timer);
          signal.removeEventListener('abort', onClose);
          onEnd?.();
          end = () => {};
        };
        signal.addEventListener('abort', onClose, { once: true });
        controller.enqueue(encoder.encode('retry: 2000\n\n'));
        send(controller);
      },
      pull: send,
      cancel: () => end(),
    },
    { highWaterMark: 16 },
  );
}
