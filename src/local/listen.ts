import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { makeFolder } from '../files/make-folder.js';
import { lendEncoder, type Workspace } from '../tasks/workspace.js';
import { type FromCommand, readFrames, type Terminal, toFrame } from './frames.js';
import { type CliIo, ReaderLeft } from './io.js';
import { lending } from './lending.js';
import { noteIn, programOf } from './note.js';

type RunCli = NonNullable<CliIo['runCli']>;

/**
 * Runs commands of the same user in this process, over a local socket: they find the model open. The socket is in a folder that only the user
 * can enter, and a command has to know the token of a note that only the user can read.
 *
 * @returns undefined where the system has no users, or where the note cannot be written: then commands run by themselves
 */
export async function listenLocally(workspace: Workspace, runCli: RunCli | undefined): Promise<AsyncDisposable | undefined> {
  if (process.getuid === undefined || runCli === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'labelwise-serve-')); // 0700; a path in the home may be too long for a socket
  const socket = join(folder, 'socket');
  const note = noteIn(workspace.settings.home);
  const unfinished = `${note}.${process.pid}`;
  const token = randomBytes(32).toString('hex');
  const lender = lendEncoder(workspace);
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    connection.on('error', () => {});
    answer(connection, token, (args, io, decline) => lending.run({ lender, decline }, () => runCli(args, io)));
  });
  const close = async (): Promise<void> => {
    if ((await readFile(note, 'utf8').catch(() => '')).includes(token)) await rm(note, { force: true }); // else it is that of another service
    await rm(unfinished, { force: true });
    for (const connection of connections) connection.destroy();
    await new Promise((done) => server.close(done));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const mask = process.umask(0o077);
    try {
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, resolve));
    } finally {
      process.umask(mask);
    }
    await makeFolder(workspace.settings.home);
    await writeFile(unfinished, JSON.stringify({ socket, token, program: programOf() }), { mode: 0o600 });
    await rename(unfinished, note);
    return { [Symbol.asyncDispose]: close };
  } catch {
    await close().catch(() => {});
    return undefined; // a home that cannot be written serves nobody else
  }
}

type RunLent = (args: readonly string[], io: CliIo, decline: () => void) => Promise<number>;

function answer(connection: Socket, token: string, run: RunLent): void {
  const stop = new AbortController();
  let isDeclined = false;
  const decline = (): void => {
    isDeclined = true;
    stop.abort(new ReaderLeft());
  };
  let isAsked = false;
  connection.on('close', () => stop.abort());
  readFrames<FromCommand>(connection, (message) => {
    if ('stop' in message) return stop.abort(message.stop === 'reader' ? new ReaderLeft() : undefined);
    if (isAsked || !isSame(message.token, token)) return connection.destroy();
    isAsked = true;
    const io: CliIo = {
      stdin: Readable.from([]),
      stdout: toStream(connection, 'stdout', message.stdout),
      stderr: toStream(connection, 'stderr', message.stderr),
      env: message.env,
      cwd: message.cwd,
      signal: stop.signal,
    };
    void run(message.args, io, decline).then((code) => connection.end(toFrame(isDeclined ? { declined: true } : { code })));
  });
}

function isSame(given: unknown, token: string): boolean {
  const [a, b] = [Buffer.from(String(given)), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Output that goes to the command; it waits while the command is slow. */
function toStream(connection: Socket, name: 'stdout' | 'stderr', { isTTY, columns }: Terminal): CliIo['stdout'] {
  const stream = new Writable({
    write(chunk: Buffer | string, encoding, done) {
      const text = Buffer.from(chunk as string, encoding as BufferEncoding).toString('base64');
      const frame = toFrame(name === 'stdout' ? { stdout: text } : { stderr: text });
      if (connection.destroyed || connection.write(frame)) done();
      else {
        const next = (): void => {
          connection.off('drain', next).off('close', next);
          done();
        };
        connection.on('drain', next).on('close', next);
      }
    },
  });
  return Object.assign(stream, { isTTY, ...(columns === undefined ? {} : { columns }) });
}
