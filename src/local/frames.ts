import type { Socket } from 'node:net';

/** What a command sends to a service: one line of JSON each. */
export type FromCommand =
  | {
      readonly token: string;
      readonly args: readonly string[];
      readonly cwd: string;
      readonly env: Readonly<Record<string, string | undefined>>;
      readonly stdout: Terminal;
      readonly stderr: Terminal;
    }
  | { readonly stop: 'reader' | 'asked' };

/** What it gets back: pieces of output, then the exit code; or, before any output, that it has to run by itself. */
export type FromService =
  | { readonly stdout: string }
  | { readonly stderr: string }
  | { readonly code: number }
  | { readonly declined: true };

/** What a command's output goes to. */
export interface Terminal {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
}

export const toFrame = (message: FromCommand | FromService): string => `${JSON.stringify(message)}\n`;

/** Calls `onFrame` for each line. A line of more than 16 MB, or one that is not JSON, ends the connection. */
export function readFrames<T>(socket: Socket, onFrame: (message: T) => void): void {
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    const lines = text.split('\n');
    text = lines.pop() as string;
    try {
      for (const line of lines) onFrame(JSON.parse(line) as T);
      if (text.length > 2 ** 24) throw new Error('too long');
    } catch {
      socket.destroy();
    }
  });
}
