import { resolve } from 'node:path';
import { LabelwiseError } from '../../errors.js';
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
    .option('--write', 'with --new-key: let the key write too')
    .option(
      '--folder <name=dir>',
      'a folder that jobs may index, by the name that clients use; repeatable (default: those of the index)',
      collect,
    )
    .option('--label-set <name>', 'the labels of requests that name none: a stored label set, or one that ships')
    .option('--open', 'let everybody in who can reach the service')
    .option('--max-body-bytes <n>', 'largest request body', String(32 * 2 ** 20))
    .option('--max-items <n>', 'images in one request', '64')
    .option('--answer-to <names...>', "names of models that Immich may send beside the model's own")
    .action(async (flags) => {
      if (flags.newKey !== undefined) {
        const { newKey } = await import('../../server/keys.js');
        const { key, kept } = newKey(flags.newKey, flags.write ? 'write' : 'read');
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
        folders: flags.folder && toFolders(flags.folder, io.cwd),
        labelSet: flags.labelSet,
        answersTo: flags.answerTo,
        isOpen: flags.open === true,
        maxBodyBytes: whole('--max-body-bytes', flags.maxBodyBytes, 1),
        maxItems: whole('--max-items', flags.maxItems, 1),
        onFailure: (requestId, error) => run.warn(`request ${requestId} failed: ${error instanceof Error ? error.stack : String(error)}`),
      });
      await run.workspace.encoder({}, run.options); // warm, and a model that cannot be loaded is said now
      run.say(`listening on ${server.address} (reference: ${server.address}/docs); Ctrl-C ends it`);
      await new Promise<void>((stop) => {
        if (io.signal.aborted) stop();
        else io.signal.addEventListener('abort', () => stop(), { once: true });
      });
      run.say('answering what is in flight');
    });
}

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

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
