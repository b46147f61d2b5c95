import type { ServiceLog } from './request-log.js';

/** A log of JSON lines, by pino: to a file that is added to, or to a stream. It is flushed when it is closed. */
export async function openLog(to: string | NodeJS.WritableStream): Promise<ServiceLog & AsyncDisposable> {
  const { pino } = await import('pino');
  const destination = typeof to === 'string' ? pino.destination({ dest: to, append: true, sync: true, mkdir: false }) : to;
  const log = pino({ base: null, formatters: { level: (level) => ({ level }) }, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    info: (line, message) => log.info(line, message),
    error: (line, message) => log.error(line, message),
    async [Symbol.asyncDispose]() {
      if ('flushSync' in destination) destination.flushSync();
    },
  };
}
