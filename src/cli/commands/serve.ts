import { resolve } from 'node:path';
import { loadServeConfig, type ServeConfig } from '../../config/serve-config.js';
import { LabelwiseError } from '../../errors.js';
import type { CliIo } from '../../local/io.js';
import type { Scope } from '../../server/keys.js';
import { startRun } from '../context.js';
import { collect, modelCommand } from '../options.js';

/** `labelwise serve`: the HTTP service. */
export function serveCommand(io: CliIo) {
  return modelCommand('serve')
    .description('run an HTTP service: classify, embed and search')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <n>', 'port to listen on; 0 chooses a free one (default: 8080)')
    .option('--keys <file>', 'JSON file of the keys that requests need')
    .option('--new-key <name>', 'print a new key and its line for the file, then exit')
    .option('--write', 'with --new-key: let the key write too')
    .option(
      '--folder <name=dir>',
      'a folder that jobs may index, by the name that clients use; repeatable (default: those of the index)',
      collect,
    )
    .option('--label-set <name>', 'the labels of requests that name none: a stored label set, or one that ships')
    .option('--open', 'let everybody in who can reach the service')
    .option('--max-body-bytes <n>', 'largest request body (default: 33554432)')
    .option('--max-items <n>', 'images in one request (default: 64)')
    .option('--rate <n>', 'requests a minute for each key, or for each address without keys')
    .option('--allow-urls', 'fetch images that requests name by address, from the public internet alone')
    .option('--cors-origin <origins...>', 'origins of other sites whose pages may ask')
    .option('--isolate', 'decode images in a process of its own with a limit on its memory')
    .option('--isolate-memory <n>', 'that limit, in MiB (default: 1024)')
    .option('--log <file>', 'add a line of JSON to this file for each request; - for stderr')
    .option('--log-texts', 'let the log hold queries and labels')
    .option('--next', 'a canary: serve the table that "index migrate --prepare" filled')
    .option('--answer-to <names...>', "names of models that Immich may send beside the model's own")
    .action(async (flags) => {
      if (flags.write && flags.newKey === undefined)
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected `newKey` beside `write`: the keys of the service say who may write.');
      if (flags.newKey !== undefined) return await printNewKey(flags.newKey, flags.write ? 'write' : 'read', io);
      const configOf = (file: { serve?: Record<string, unknown> | undefined }) => loadServeConfig(flags, io.env, file.serve);
      await using run = startRun(flags, io, (file) => {
        const { isolate, isolateMemory: memoryMiB } = configOf(file);
        if (flags.isolateMemory !== undefined && !isolate)
          throw new LabelwiseError('INVALID_ARGUMENT', 'Expected `isolate` beside `isolateMemory`.');
        return { decodeProcess: isolate ? { memoryMiB } : undefined, readsNext: flags.next === true };
      });
      const config = configOf(run.config);
      await using log = await openLogOf(config, io);
      const { startServer } = await import('../../server/start-server.js');
      const { describeFailure } = await import('../../server/request-log.js');
      await using server = await startServer(run.workspace, {
        ...(await toSettings(config, io)),
        log,
        onFailure: (requestId, error) => {
          if (!log) run.warn(`request ${requestId} failed: ${JSON.stringify(describeFailure(error, config.logTexts))}`);
        },
      });
      await run.workspace.encoder({}, run.options); // a model that cannot be loaded is said now, and a download shows its bar
      await server.warm();

      const { listenLocally } = await import('../../local/listen.js');
      await using _ = await listenLocally(run.workspace, io.runCli); // other commands of this user find the model open
      run.say(`listening on ${server.address} (reference: ${server.address}/docs); Ctrl-C ends it`);
      await new Promise<void>((stop) => {
        if (io.signal.aborted) stop();
        else io.signal.addEventListener('abort', () => stop(), { once: true });
      });
      run.say('answering what is in flight');
    });
}

/** The folders of `--folder NAME=DIR`, absolute, by their names. */
function toFolders(pairs: readonly string[], cwd: string): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  for (const pair of pairs) {
    const [, name = '', folder = ''] = /^([A-Za-z0-9_][A-Za-z0-9_.-]*)=(.+)$/s.exec(pair) ?? [];
    if (name === '' || folders.has(name))
      throw new LabelwiseError(
        'INVALID_ARGUMENT',
        `Expected --folder NAME=DIR with a new name of letters, digits, "_", "-" and ".", got "${pair}".`,
        {
          hint: 'For example: --folder photos=/data/photos',
        },
      );
    folders.set(name, resolve(cwd, folder));
  }
  return folders;
}

async function printNewKey(name: string, scope: Scope, io: CliIo): Promise<void> {
  const { newKey } = await import('../../server/keys.js');
  const { key, kept } = newKey(name, scope);
  io.stdout.write(`${JSON.stringify(kept)}\n`);
  io.stderr.write(`The key, shown once: ${key}\nAdd the line above to a JSON array in the file that --keys names.\n`);
}

async function toSettings(config: ServeConfig, io: CliIo) {
  const { host, port, open, maxBodyBytes, maxItems, rate, corsOrigin, answerTo, logTexts, folder, labelSet } = config;
  const { readKeys } = await import('../../server/keys.js');
  return {
    host,
    port,
    keys: config.keys === undefined ? undefined : await readKeys(resolve(io.cwd, config.keys)),
    isOpen: open,
    maxBodyBytes,
    maxItems,
    ratePerMinute: rate,
    corsOrigins: corsOrigin,
    answersTo: answerTo,
    folders: folder && toFolders(folder, io.cwd),
    labelSet,
    hasLogTexts: logTexts,
    fetchRules: config.allowUrls ? (await import('../../server/fetch-image.js')).PUBLIC_RULES : undefined,
  };
}

async function openLogOf({ log }: ServeConfig, io: CliIo) {
  if (log === undefined) return undefined;
  const { openLog } = await import('../../server/create-log.js');
  return openLog(log === '-' ? io.stderr : resolve(io.cwd, log));
}
