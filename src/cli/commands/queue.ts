import { formatCount } from '../../core/format-count.js';
import type { CliIo } from '../../local/io.js';
import { startRun } from '../context.js';
import { addFormats, baseCommand, modelCommand } from '../options.js';
import { readNumber } from '../read-number.js';
import { printOne } from './index-maintenance.js';

const QUEUE = 'address of Redis or Valkey: redis://HOST:6379';

/** `labelwise worker`: takes shards of an index that `index --queue` plans. */
export function workerCommand(io: CliIo) {
  return modelCommand('worker')
    .description('read, encode and write the images that "index --queue" hands out, until Ctrl-C')
    .requiredOption('--queue <address>', QUEUE)
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const { nameOfQueue } = await import('../../jobs/queue-address.js');
      const { workForQueue } = await import('../../jobs/work-for-workspace.js');
      run.say(`waiting for shards at ${nameOfQueue(flags.queue)}; Ctrl-C finishes those in hand and ends`);
      await workForQueue(run.workspace, flags.queue, { ...run.options, signal: io.signal });
    });
}

/** `labelwise queue`: what the queue holds. */
export function queueCommand(io: CliIo) {
  const command = baseCommand('queue').description('look at the queue of "index --queue", retry its failures, or empty it');
  const child = (name: string, about: string) =>
    addFormats(baseCommand(name)).description(about).requiredOption('--queue <address>', QUEUE);
  const status = child('status', 'how many shards wait, run or have failed, and which failed').action(async (flags) => {
    const { readQueue } = await import('../../jobs/queue-report.js');
    await printOne(io, flags, await readQueue(flags.queue), (report) => [
      `shards: ${report.waiting} waiting, ${report.active} running, ${report.delayed} to be tried again later, ${report.failed} failed; ${formatCount(report.workers, 'worker')}`,
      ...report.poison.map(({ files, first, reason }) => `failed: ${files} images, such as ${first}: ${reason}`),
    ]);
  });
  const retry = child('retry', 'put failed shards back').action(async (flags) => {
    const { retryFailed } = await import('../../jobs/queue-report.js');
    await printOne(io, flags, { shards: await retryFailed(flags.queue) }, ({ shards }) => [`${formatCount(shards, 'shard')} put back`]);
  });
  const drain = child('drain', 'remove what no worker has begun, and what failed').action(async (flags) => {
    const { drainQueue } = await import('../../jobs/queue-report.js');
    await printOne(io, flags, { shards: await drainQueue(flags.queue) }, ({ shards }) => [`${formatCount(shards, 'shard')} removed`]);
  });
  const metrics = baseCommand('metrics')
    .description('serve the figures of the queue to Prometheus, until Ctrl-C')
    .requiredOption('--queue <address>', QUEUE)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 chooses a free one', '9464')
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const { serveQueueMetrics } = await import('../../jobs/queue-metrics.js');
      const port = readNumber(flags.port, { flag: '--port', min: 0, max: 65_535, isWhole: true });
      await using server = await serveQueueMetrics(flags.queue, { host: flags.host, port });
      run.say(`serving ${server.address}; Ctrl-C ends it`);
      await new Promise<void>((stop) => {
        if (io.signal.aborted) stop();
        else io.signal.addEventListener('abort', () => stop(), { once: true });
      });
    });
  for (const one of [status, retry, drain, metrics]) command.addCommand(one as never);
  return command;
}
