#!/usr/bin/env node
import nodeModule from 'node:module';
import { askService } from '../local/ask.js';
import { type CliIo, ReaderLeft, StdoutFailed } from '../local/io.js';

process.env.LANCEDB_LOG ??= 'error'; // it warns on stderr about each new table; this process is ours, that of a library user is not
process.env.ORT_DISABLE_TELEMETRY ??= '1'; // else ONNX Runtime on Linux keeps a device number in the user's home and reports to Microsoft

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal); // not process.exit: it stops threads within native calls, and aborts
      return;
    }
    if (signal === 'SIGINT') process.stderr.write('\nstopping after the batch in hand; press Ctrl-C again to stop at once\n');
    stop.abort();
  });
}
process.stderr.on('error', () => {}); // that nobody hears the talk is no reason to stop

(nodeModule as { enableCompileCache?: () => void }).enableCompileCache?.(); // from Node 22 on: keeps compiled code between runs, of what is imported from here on
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  stop.abort(error.code === 'EPIPE' ? new ReaderLeft() : new StdoutFailed('stdout failed', { cause: error }));
});
const { stdin, stdout, stderr, env } = process;
const io: CliIo = { stdin, stdout, stderr, env, cwd: process.cwd(), signal: stop.signal };
const args = process.argv.slice(2);
process.exitCode = (await askService(args, io)) ?? (await (await import('./run-cli.js')).runCli(args, io));
