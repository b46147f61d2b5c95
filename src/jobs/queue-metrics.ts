import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LabelwiseError, messageOf } from '../errors.js';
import { openQueue } from './open-queue.js';
import { readCommits, readRetries } from './take-turn.js';

/** What a scrape is told. */
export interface QueueFigures {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  readonly workers: number;
  /** Commits of each database since the queue began. */
  readonly commits: ReadonlyMap<string, number>;
  /** Tries of these commits after their first. */
  readonly retries: ReadonlyMap<string, number>;
}

/** The figures as Prometheus reads them. */
export function renderQueueMetrics({ workers, commits, retries, ...shards }: QueueFigures): string {
  const quoted = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  const byDatabase = (name: string, counts: ReadonlyMap<string, number>): string[] =>
    [...counts].map(([db, count]) => `${name}{db="${quoted(db)}"} ${count}`);
  return [
    '# HELP labelwise_shards Shards of the queue, by what they wait for.',
    '# TYPE labelwise_shards gauge',
    ...Object.entries(shards).map(([state, count]) => `labelwise_shards{state="${state}"} ${count}`),
    '# HELP labelwise_workers Workers that are connected.',
    '# TYPE labelwise_workers gauge',
    `labelwise_workers ${workers}`,
    '# HELP labelwise_commits_total Shards that were committed.',
    '# TYPE labelwise_commits_total counter',
    ...byDatabase('labelwise_commits_total', commits),
    '# HELP labelwise_commit_retries_total Commits that began again, because another had just inserted the same images.',
    '# TYPE labelwise_commit_retries_total counter',
    ...byDatabase('labelwise_commit_retries_total', retries),
    '',
  ].join('\n');
}

export interface MetricsServer extends AsyncDisposable {
  readonly address: string;
}

/** Answers GET /metrics with the figures of a queue as they are then. @throws LabelwiseError `QUEUE_FAILED`, `INVALID_ARGUMENT` for a port that is taken */
export async function serveQueueMetrics(queueUrl: string, { host, port }: { host: string; port: number }): Promise<MetricsServer> {
  const opened = await openQueue(queueUrl);
  const { queue, redis } = opened;
  const read = async (): Promise<QueueFigures> => {
    const { waiting = 0, active = 0, delayed = 0, failed = 0 } = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
    const workers = (await queue.getWorkers()).length;
    return { waiting, active, delayed, failed, workers, commits: await readCommits(redis), retries: await readRetries(redis) };
  };
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') return void response.writeHead(404).end();
    if (redis.status !== 'ready') return void response.writeHead(503).end('the queue cannot be reached\n'); // it would wait
    read().then(
      (figures) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(renderQueueMetrics(figures)),
      (error: unknown) => response.writeHead(503).end(`${messageOf(error)}\n`),
    );
  });
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  } catch (cause) {
    await opened[Symbol.asyncDispose]();
    throw new LabelwiseError('INVALID_ARGUMENT', `The address ${host}:${port} cannot be listened on: ${messageOf(cause)}.`, {
      hint: 'Choose another `port`.',
      cause,
    });
  }
  return {
    address: `http://${host}:${(server.address() as AddressInfo).port}/metrics`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await opened[Symbol.asyncDispose]();
    },
  };
}
