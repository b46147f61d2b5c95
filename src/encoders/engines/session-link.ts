import { fork } from 'node:child_process';
import { startNativeThread } from '../../files/native-thread.js';
import { packageFile } from '../../files/package-root.js';
import type { WorkerReply, WorkerRequest } from './protocol.js';

/** The way to the thread or process that holds the sessions. */
export interface SessionLink {
  /** Between threads, `transfer` hands buffers over; a process gets copies. */
  post(request: WorkerRequest, transfer: readonly ArrayBuffer[]): void;
  /** `onEnd` is called once when the other side has ended, with the reason. */
  listen(onReply: (reply: WorkerReply) => void, onEnd: (error: Error) => void): void;
  /** Whether waiting for an answer keeps this process alive. */
  hold(isHeld: boolean): void;
  end(): Promise<void>;
}

/**
 * ONNX Runtime reads the process's command line with a recursive regular expression, some 250 bytes of stack a character: the usual 4 MB
 * overflow, and end the process, at 16,000 characters, which `classify *.jpg` soon has. Stack that is not used takes no memory.
 */
const STACK_MB = 768;
const workerFile = (): string => packageFile('dist/bin/session-worker.js');

/** A thread of this process. */
export function linkThread(): SessionLink {
  const worker = startNativeThread(workerFile(), { resourceLimits: { stackSizeMb: STACK_MB } });
  worker.unref();
  return {
    post: (request, transfer) => worker.postMessage(request, [...transfer]),
    listen(onReply, onEnd) {
      worker.on('message', onReply);
      worker.on('error', onEnd);
      worker.on('exit', (code) => onEnd(new Error(`the encoder's thread ended with code ${code}`)));
    },
    hold: (isHeld) => void (isHeld ? worker.ref() : worker.unref()),
    async end() {
      await worker.terminate();
    },
  };
}

/** A process of its own. Its output goes nowhere: stdout belongs to the command. */
export function linkProcess(): SessionLink {
  const child = fork(workerFile(), { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] });
  child.unref();
  child.channel?.unref();
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  return {
    post: (request) => void child.send(request, () => {}), // one that has ended says so by its exit
    listen(onReply, onEnd) {
      child.on('message', (reply) => onReply(reply as WorkerReply));
      child.once('error', onEnd);
      child.once('exit', (code, signal) => onEnd(new Error(`the process of the engine ended with ${signal ?? `code ${code}`}`)));
    },
    hold(isHeld) {
      child[isHeld ? 'ref' : 'unref']();
      child.channel?.[isHeld ? 'ref' : 'unref']();
    },
    async end() {
      child.ref(); // else nothing keeps this process alive until that one has ended
      child.kill('SIGKILL'); // it ignores the others
      await ended;
    },
  };
}
