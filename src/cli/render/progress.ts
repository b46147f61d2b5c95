import type { SingleBar } from 'cli-progress';
import { formatBytes } from '../../files/format-bytes.js';
import type { CliIo } from '../io.js';

/** A bar with rate and time left, on a terminal alone. */
export interface Progress {
  /** `total` is undefined where nobody knows it: then there is a count and a rate. */
  update(done: number, total: number | undefined): void;
  /** Takes the bar away, so that a line can be printed. */
  clear(): void;
}

const FORMATS = {
  count: '{task} {bar} {shown} of {all} | {rate}/s | {left} left',
  bytes: '{task} {bar} {shown} of {all} | {rate}/s | {left} left',
  unknown: '{task} {shown} | {rate}/s',
};

/** `from`: what was done before this process began, so that the rate is its own. */
export function createProgress(io: CliIo, task: string, options: { isQuiet: boolean; unit: 'count' | 'bytes'; from?: number }): Progress {
  if (options.isQuiet || io.stderr.isTTY !== true) return { update: () => {}, clear: () => {} };
  const show = options.unit === 'bytes' ? formatBytes : (count: number): string => count.toLocaleString('en');
  const startedAt = performance.now();
  let bar: SingleBar | undefined;
  let Bar: typeof SingleBar | undefined;
  void import('cli-progress').then((library) => {
    Bar = library.SingleBar; // updates before this moment show nothing
  });
  return {
    update(done, total) {
      if (!Bar) return;
      const perSecond = (done - (options.from ?? 0)) / Math.max(0.001, (performance.now() - startedAt) / 1000);
      const payload = {
        task,
        shown: show(done),
        all: show(total ?? done),
        rate: options.unit === 'bytes' ? formatBytes(perSecond) : perSecond.toFixed(1),
        left: formatDuration(((total ?? done) - done) / perSecond),
      };
      if (!bar) {
        const format = total === undefined ? FORMATS.unknown : FORMATS[options.unit];
        bar = new Bar({ stream: io.stderr as NodeJS.WriteStream, format, clearOnComplete: true, hideCursor: true, barsize: 24 });
        bar.start(total ?? done, done, payload);
      }
      bar.setTotal(total ?? done);
      bar.update(done, payload);
    },
    clear() {
      bar?.stop();
      bar = undefined;
    },
  };
}

/** Time for people: "12 s", "3 min 5 s", "2 h 14 min". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
