import { createConnection } from 'node:net';
import { type FromService, readFrames, toFrame } from './frames.js';
import type { CliIo } from './io.js';
import { readNote } from './note.js';

/** Commands that only read, or that keep what they compute in the cache. */
const COMMANDS: readonly string[] = ['classify', 'embed', 'search'];
/** Stdin, and names of what this process alone has open: `<(curl ...)` becomes /dev/fd/63. */
const IS_OWN = /^(?:.*=)?-$|\/dev\/(?:std|fd\/|tty)|\/proc\/(?:self|thread-self)\//s;
/** What a command reads of its environment. */
const VARIABLES =
  /^(?:LABELWISE_|HF_|HUGGINGFACE_|TRANSFORMERS_|XDG_)|^(?:NO_COLOR|FORCE_COLOR|TERM|COLORTERM|LANG|LC_ALL|COLUMNS|HOME|VIRTUAL_ENV|CONDA_PREFIX|\w*_proxy|\w*_PROXY)$/;

/**
 * Has a running `labelwise serve` of the same user and home run a command, with its model and database open already.
 *
 * @returns the exit code, or undefined where there is no such service or it declines: the command then runs here. `LABELWISE_LOCAL=0` never asks.
 */
export async function askService(args: readonly string[], io: CliIo): Promise<number | undefined> {
  if (
    !COMMANDS.includes(args[0] ?? '') ||
    args.some((arg) => IS_OWN.test(arg)) ||
    /^(?:0|false|no|off)$/i.test(io.env.LABELWISE_LOCAL ?? '')
  )
    return undefined;
  const note = readNote(io.env);
  if (note === undefined) return undefined;
  return new Promise((resolve) => {
    const socket = createConnection(note.socket);
    let [hasBegun, isDone] = [false, false];
    const terminal = ({ isTTY = false, columns }: CliIo['stdout']) => ({ isTTY, columns });
    const stop = (): void =>
      void socket.write(
        toFrame({ stop: io.signal.reason instanceof Error && io.signal.reason.name !== 'AbortError' ? 'reader' : 'asked' }),
      );
    const write = (stream: CliIo['stdout'], text: string): void => {
      hasBegun = true;
      if (stream.write(Buffer.from(text, 'base64'))) return;
      socket.pause();
      stream.once('drain', () => socket.resume());
    };
    const end = (code: number | undefined): void => {
      isDone = true;
      io.signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(code);
    };
    socket.on('connect', () => {
      const env = Object.fromEntries(Object.entries(io.env).filter(([name]) => VARIABLES.test(name)));
      socket.write(toFrame({ token: note.token, args, cwd: io.cwd, env, stdout: terminal(io.stdout), stderr: terminal(io.stderr) }));
      io.signal.addEventListener('abort', stop, { once: true });
      if (io.signal.aborted) stop();
    });
    readFrames<FromService>(socket, (message) => {
      if ('stdout' in message) write(io.stdout, message.stdout);
      else if ('stderr' in message) write(io.stderr, message.stderr);
      else end('code' in message ? message.code : undefined);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (isDone) return;
      if (hasBegun) io.stderr.write('error: The service ended before it had answered.\nhint: Run the command again.\n');
      end(hasBegun ? 5 : undefined);
    });
  });
}
