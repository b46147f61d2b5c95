import { type Config, loadConfig } from '../config/config.js';
import type { LoadEncoderOptions } from '../encoders/load-encoder.js';
import { type CacheSettings, openEmbeddingCache } from '../store/open-cache-or-warn.js';
import type { CliIo } from './io.js';
import { paint } from './render/paint.js';
import { createProgress, type Progress } from './render/progress.js';

/** One run's settings with the means to talk about it on stderr. */
export interface Run {
  readonly config: Config;
  readonly io: CliIo;
  readonly isQuiet: boolean;
  say(line: string): void;
  warn(message: string): void;
  progress(task: string, unit?: 'count' | 'bytes', from?: number): Progress;
}

export function startRun(flags: Readonly<Record<string, unknown>>, io: CliIo): Run {
  const isQuiet = flags.quiet === true;
  const warned = new Set<string>(); // labels and images may meet the same obstacle
  return {
    config: loadConfig({ ...flags, cache: flags.cache === false ? false : undefined }, io.env, io.cwd), // true is its default, not a wish
    io,
    isQuiet,
    say: (line) => void (isQuiet || io.stderr.write(`${line}\n`)),
    warn: (message) => {
      if (!isQuiet && !warned.has(message)) io.stderr.write(`${paint(io, 'yellow')('warning:')} ${message}\n`);
      warned.add(message);
    },
    progress: (task, unit = 'count', from = 0) => createProgress(io, task, { isQuiet, unit, from }),
  };
}

/** Where the run's embeddings are kept, unless --no-cache. */
export function cacheSettings({ config, warn }: Run): CacheSettings | undefined {
  return config.cache ? { folder: config.cacheFolder, maxBytes: config.cacheMaxBytes, onWarning: warn } : undefined;
}

/** The options that load the run's model, with a bar for downloads and warnings on stderr. */
export function encoderOptions(run: Run): LoadEncoderOptions {
  const { config, io } = run;
  const download = run.progress('downloading', 'bytes');
  const cache = cacheSettings(run);
  return {
    model: config.model,
    dtype: config.dtype,
    onnx: config.onnx,
    device: config.device,
    threads: config.threads,
    batchSize: config.batchSize,
    logitScale: config.logitScale,
    logitBias: config.logitBias,
    fastDecode: config.fastDecode,
    limits: {
      ...(config.maxImageMegapixels === undefined ? {} : { maxImageMegapixels: config.maxImageMegapixels }),
      ...(config.maxImageBytes === undefined ? {} : { maxImageBytes: config.maxImageBytes }),
      ...(config.allowSvg === undefined ? {} : { allowSvg: config.allowSvg }),
    },
    signal: io.signal,
    openImageCache: cache && ((info) => openEmbeddingCache(cache, 'images', info)),
    onWarning: (message) => run.warn(message),
    onDownload: ({ doneBytes, totalBytes }) => {
      download.update(doneBytes, totalBytes);
      if (doneBytes >= totalBytes) download.clear();
    },
  };
}
