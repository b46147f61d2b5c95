import { SingleBar } from 'cli-progress';
import type { CliIo } from '../io.js';

/** A bar with rate and time left, on a terminal alone. */
export interface Progress {
  /** `total` may become known, or grow, on the way. */
  update(done: number, total: number | undefined): void;
  /** Takes the bar away, so that a line can be printed. */
  clear(): void;
}

const FORMATS = {
  count: '{task} {bar} {value}/{total} | {rate}/s | {eta_formatted} left',
  bytes: '{task} {bar} {percentage} % | {done} of {all} | {rate}/s | {eta_formatted} left',
};

export function createProgress(io: CliIo, task: string, options: { isQuiet: boolean; unit?: keyof typeof FORMATS }): Progress {
  if (options.isQuiet || io.stderr.isTTY !== true) return { update: () => {}, clear: () => {} };
  const isBytes = options.unit === 'bytes';
  let bar: SingleBar | undefined;
  let startedAt = 0;
  return {
    update(done, total = done) {
      if (!bar) {
        bar = new SingleBar({
          stream: io.stderr as NodeJS.WriteStream,
          format: FORMATS[options.unit ?? 'count'],
          clearOnComplete: true,
          hideCursor: true,
          barsize: 24,
          etaBuffer: 50,
        });
        bar.start(total, done, { task });
        startedAt = performance.now();
      }
      const rate = done / Math.max(0.001, (performance.now() - startedAt) / 1000);
      bar.setTotal(total);
      bar.update(done, { task, rate: isBytes ? formatBytes(rate) : rate.toFixed(1), done: formatBytes(done), all: formatBytes(total) });
    },
    clear() {
      bar?.stop();
      bar = undefined;
    },
  };
}

/** Bytes for people: "1.7 GB". */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
