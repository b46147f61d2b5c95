import { startRun } from '../context.js';
import type { CliIo } from '../io.js';
import { modelCommand } from '../options.js';
import { readNumber } from '../read-number.js';

/** `labelwise serve`: the HTTP service. */
export function serveCommand(io: CliIo) {
  return modelCommand('serve')
    .description('run an HTTP service: classify, embed and search')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 chooses a free one', '8080')
    .option('--keys <file>', 'JSON file of the keys that requests need')
    .option('--new-key <name>', 'print a new key and its line for the file, then exit')
    .option('--open', 'let everybody in who can reach the service')
    .option('--max-body-bytes <n>', 'largest request body', String(32 * 2 ** 20))
    .option('--max-items <n>', 'images in one request', '64')
    .action(async (flags) => {
      if (flags.newKey !== undefined) {
        const { newKey } = await import('../../server/keys.js');
        const { key, kept } = newKey(flags.newKey, 'read');
        io.stdout.write(`${JSON.stringify(kept)}\n`);
        io.stderr.write(`The key, shown once: ${key}\nAdd the line above to a JSON array in the file that --keys names.\n`);
        return;
      }
      const whole = (flag: '--port' | '--max-body-bytes' | '--max-items', value: string, min: number): number =>
        readNumber(value, { flag, min, isWhole: true }) as number;
      await using run = startRun(flags, io);
      const { readKeys } = await import('../../server/keys.js');
      const { startServer } = await import('../../server/start-server.js');
      await using server = await startServer(run.workspace, {
        host: flags.host,
        port: whole('--port', flags.port, 0),
        keys: flags.keys === undefined ? undefined : await readKeys(flags.keys),
        isOpen: flags.open === true,
        maxBodyBytes: whole('--max-body-bytes', flags.maxBodyBytes, 1),
        maxItems: whole('--max-items', flags.maxItems, 1),
        onFailure: (requestId, error) => run.warn(`request ${requestId} failed: ${error instanceof Error ? error.stack : String(error)}`),
      });
      await run.workspace.encoder({}, run.options); // warm, and a model that cannot be loaded is said now
      const { listenLocally } = await import('../local/listen.js');
      await using _ = await listenLocally(run, io.runCli); // other commands of this user find the model open
      run.say(`listening on ${server.address} (reference: ${server.address}/docs); Ctrl-C ends it`);
      await new Promise<void>((stop) => {
        if (io.signal.aborted) stop();
        else io.signal.addEventListener('abort', () => stop(), { once: true });
      });
      run.say('answering what is in flight');
    });
}
