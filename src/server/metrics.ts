import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Stage } from '../images/stage-channel.js';
import { inSpan } from './tracing.js';
import type { WorkQueue } from './work-queue.js';

/** What a service counts, for Prometheus. */
export interface Metrics {
  readonly registry: Registry;
  observe(request: { readonly method: string; readonly route: string; readonly status: number; readonly seconds: number }): void;
  /** Counts a stage of images that has ended: `decode`, `preprocess`, `encode`. */
  observeStage(stage: Stage): void;
  /** Times one stage of the work, and makes it a span: `image`, `embed_labels`, `search`, `fetch`, `queue`. */
  timed<T>(stage: string, work: () => Promise<T>): Promise<T>;
}

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(queue: WorkQueue): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const histogram = <T extends string>(name: string, help: string, labelNames: T[], buckets: number[] = BUCKETS): Histogram<T> =>
    new Histogram({ name, help, labelNames, buckets, registers: [registry] });
  const requests = histogram('labelwise_request_seconds', 'Time from request to answer.', ['method', 'route', 'status']);
  const stages = histogram('labelwise_stage_seconds', 'Time of one stage of the work.', ['stage']);
  const batches = histogram('labelwise_batch_images', 'Images of one forward pass.', [], [1, 2, 4, 8, 16, 32, 64]);
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge('labelwise_queue_running', 'Requests that run.', () => queue.running);
  gauge('labelwise_queue_waiting', 'Requests that wait for a place.', () => queue.waiting);
  return {
    registry,
    observe: ({ method, route, status, seconds }) => requests.observe({ method, route, status }, seconds),
    observeStage({ stage, startMs, endMs, images }) {
      stages.observe({ stage }, (endMs - startMs) / 1000);
      if (stage === 'encode') batches.observe(images);
    },
    async timed(stage, work) {
      const end = stages.startTimer({ stage });
      try {
        return await inSpan(stage, work);
      } finally {
        end();
      }
    },
  };
}
