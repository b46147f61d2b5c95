import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { PoolMember } from './worker-pool.js';

/** How a process that decodes images is bounded. */
export interface DecoderProcessOptions {
  /** Memory that it may write, on Linux held by the kernel (RLIMIT_DATA); elsewhere the heap of JavaScript alone is bounded. */
  readonly memoryMiB: number;
}

/**
 * Starts a process that runs a thread's file and answers as a thread does. A decoder that crashes, or needs more memory than it may have,
 * ends this process and not the one that serves. It gets no environment, so it knows no secrets of that.
 */
export function startDecoderProcess(file: string, { memoryMiB }: DecoderProcessOptions): PoolMember {
  const node = [`--max-old-space-size=${memoryMiB}`, file];
  const isUnix = process.platform !== 'win32';
  const [command, args] = isUnix
    ? ['/bin/sh', ['-c', `ulimit -d ${memoryMiB * 1024}; ulimit -c 0; exec "$0" "$@"`, process.execPath, ...node]]
    : [process.execPath, node];
  const child = spawn(command as string, args as string[], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    ...(isUnix ? { env: {} } : {}),
  });
  return new DecoderProcess(child);
}

class DecoderProcess implements PoolMember {
  readonly #events = new EventEmitter();

  constructor(private readonly child: ChildProcess) {
    child.on('message', (message) => this.#events.emit('message', message));
    child.on('error', (error) => this.#events.emit('error', error));
    child.on('exit', (code, signal) => this.#events.emit('exit', code ?? signal));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  on(event: string, listener: (value: never) => void): void {
    this.#events.on(event, listener as (value: unknown) => void);
  }

  once(event: string, listener: (value: never) => void): void {
    this.#events.once(event, listener as (value: unknown) => void);
  }

  /** Buffers are copied: another process cannot take them over. */
  postMessage(message: unknown): void {
    this.child.send(message as object, () => {}); // one that has ended says so by its exit
  }

  ref(): void {
    this.child.ref();
    this.child.channel?.ref();
  }

  unref(): void {
    this.child.unref();
    this.child.channel?.unref();
  }

  async terminate(): Promise<number> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise((exit) => this.child.once('exit', exit));
      this.child.kill('SIGKILL');
      await ended;
    }
    return 0;
  }
}
