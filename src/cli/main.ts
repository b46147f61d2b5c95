#!/usr/bin/env node
import { runCli } from './run-cli.js';

const stop = new AbortController();
process.on('SIGINT', () => {
  if (stop.signal.aborted) process.exit(130);
  process.stderr.write('\nstopping after the batch in hand; press Ctrl-C again to stop at once\n');
  stop.abort();
});
process.on('SIGTERM', () => stop.abort());
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // the reader, for example head, has had enough
  throw error;
});

const { stdin, stdout, stderr, env } = process;
process.exitCode = await runCli(process.argv.slice(2), { stdin, stdout, stderr, env, cwd: process.cwd(), signal: stop.signal });
