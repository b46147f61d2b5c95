import type { Readable, Writable } from 'node:stream';

/** What a command reads from and writes to. stdout is data, stderr is talk. */
export interface CliIo {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Runs another command line: a service does that for other processes. */
  readonly runCli?: (args: readonly string[], io: CliIo) => Promise<number>;
}

/** After one of these there is room, or nobody to wait for. */
const EVENTS = ['drain', 'error', 'close'] as const;

/** The reader of stdout, for example head, has had enough: the run ends, and ends well. */
export class ReaderLeft extends Error {}

/** stdout cannot be written, for example for want of room: what was printed is not whole. */
export class StdoutFailed extends Error {}

/** Writes a whole line, and waits while the reader is slow. */
export const writeLine = (stream: Writable, line: string): Promise<void> => write(stream, `${line}\n`);

export async function write(stream: Writable, content: string | Uint8Array): Promise<void> {
  if (stream.write(content) || stream.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      for (const event of EVENTS) stream.off(event, done);
      resolve();
    };
    for (const event of EVENTS) stream.once(event, done);
  });
}
