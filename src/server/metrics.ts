import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { WorkQueue } from './work-queue.js';

/** What a service counts, for Prometheus. */
export interface Metrics {
  readonly registry: Registry;
  observe(request: { readonly method: string; readonly route: string; readonly status: number; readonly seconds: number }): void;
  /** Times one stage of the work: `encode`, `embed_labels`, `search`. */
  timed<T>(stage: string, work: () => Promise<T>): Promise<T>;
}

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(queue: WorkQueue): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'labelwise_request_seconds',
    help: 'Time from request to answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  });
  const stages = new Histogram({
    name: 'labelwise_stage_seconds',
    help: 'Time of one stage of the work.',
    labelNames: ['stage'],
    buckets: BUCKETS,
    registers: [registry],
  });
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
    async timed(stage, work) {
      const end = stages.startTimer({ stage });
      try {
        return await work();
      } finally {
        end();
      }
    },
  };
}
