import type { SingleBar } from 'cli-progress';
import { formatBytes } from '../../files/format-bytes.js';
import type { CliIo } from '../../local/io.js';

/** A bar with rate and time left on a terminal, else a line now and then. */
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

interface ProgressOptions {
  readonly isQuiet: boolean;
  readonly unit: 'count' | 'bytes';
  readonly from?: number;
  /** How often there is a line, without a terminal. */
  readonly everyMs?: number;
}

/** A log grows by two lines a minute. */
const LINE_MS = 30_000;

type Payload = Readonly<Record<'task' | 'shown' | 'all' | 'rate' | 'left', string>>;

function createLines(io: CliIo, payloadOf: (done: number, total: number | undefined) => Payload, everyMs: number): Progress {
  let saidAt = performance.now();
  return {
    update(done, total) {
      if (performance.now() - saidAt < everyMs) return;
      saidAt = performance.now();
      const { task, shown, all, rate, left } = payloadOf(done, total);
      io.stderr.write(total === undefined ? `${task}: ${shown}, ${rate}/s\n` : `${task}: ${shown} of ${all}, ${rate}/s, ${left} left\n`);
    },
    clear: () => {},
  };
}

/** `from`: what was done before this process began, so that the rate is its own. */
export function createProgress(io: CliIo, task: string, options: ProgressOptions): Progress {
  if (options.isQuiet) return { update: () => {}, clear: () => {} };
  const show = options.unit === 'bytes' ? formatBytes : (count: number): string => count.toLocaleString('en');
  const startedAt = performance.now();
  const payloadOf = (done: number, total: number | undefined) => {
    const perSecond = (done - (options.from ?? 0)) / Math.max(0.001, (performance.now() - startedAt) / 1000);
    const rate = options.unit === 'bytes' ? formatBytes(perSecond) : perSecond.toFixed(1);
    return { task, shown: show(done), all: show(total ?? done), rate, left: formatDuration(((total ?? done) - done) / perSecond) };
  };
  if (io.stderr.isTTY !== true) return createLines(io, payloadOf, options.everyMs ?? LINE_MS);
  let bar: SingleBar | undefined;
  let Bar: typeof SingleBar | undefined;
  void import('cli-progress').then((library) => {
    Bar = library.SingleBar; // updates before this moment show nothing
  });
  return {
    update(done, total) {
      if (!Bar) return;
      const payload = payloadOf(done, total);
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
