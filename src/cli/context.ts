import { resolve } from 'node:path';
import { type Config, loadConfig } from '../config/config.js';
import { isOutOfDepth } from '../core/lost-labels.js';
import { isObjectAddress } from '../files/object-address.js';
import type { LockOptions } from '../files/with-lock.js';
import { readSurroundings } from '../hub/surroundings.js';
import { toImageLimits } from '../images/read-image.js';
import type { CliIo } from '../local/io.js';
import { lending } from '../local/lending.js';
import { openWorkspace, type TaskOptions, type Workspace, type WorkspaceSettings } from '../tasks/workspace.js';
import { recommendOnce } from './recommend.js';
import { paint } from './render/paint.js';
import { createProgress, type Progress } from './render/progress.js';
import { toFlags } from './to-flags.js';

/** One command's settings, the workspace that its tasks use, and the means to talk on stderr. Disposing it closes the workspace. */
export interface Run extends AsyncDisposable {
  readonly config: Config;
  readonly io: CliIo;
  readonly workspace: Workspace;
  /** What this command gives each of its tasks: Ctrl-C, bars and warnings. */
  readonly options: TaskOptions;
  readonly isQuiet: boolean;
  /** For whatever takes a lock. */
  readonly lock: Pick<LockOptions, 'signal' | 'staleMs'>;
  say(line: string): void;
  warn(message: string): void;
  progress(task: string, unit?: 'count' | 'bytes', from?: number): Progress;
  /** Takes all bars away, so that a line can be printed. */
  clearBars(): void;
  /** Leads from the embedded model to a full CLIP, once per home. */
  recommend(): void;
}

export function startRun(
  flags: Readonly<Record<string, unknown>>,
  io: CliIo,
  more: (config: Config) => Partial<WorkspaceSettings> = () => ({}),
): Run {
  const isQuiet = flags.quiet === true;
  const config = loadConfig({ ...flags, cache: flags.cache === false ? false : undefined }, io.env, io.cwd); // true is its default, not a wish
  const warned = new Set<string>(); // labels and images may meet the same obstacle
  const lent = lending.getStore();
  if (lent && isObjectAddress(config.db)) {
    lent.decline(); // the keys of a store are in the environment of the command's own process
    io.signal.throwIfAborted();
  }
  const warn = (message: string): void => {
    const borrower = lent ? undefined : lending.getStore()?.warn; // a model that is lent warns whoever uses it
    if (borrower) {
      borrower(message);
      return;
    }
    if (!isQuiet && !warned.has(message)) io.stderr.write(`${paint(io, 'yellow')('warning:')} ${toFlags(message)}\n`);
    warned.add(message);
    if (isOutOfDepth(message) && workspace.usesEmbeddedModel()) recommend();
  };
  if (lent) lent.warn = warn;
  const progress: Run['progress'] = (task, unit = 'count', from = 0) => createProgress(io, task, { isQuiet, unit, from });
  const bars = new Map<string, Progress>();
  const recommend = (): void => {
    const sentence = isQuiet ? undefined : recommendOnce(io);
    if (sentence !== undefined) say(sentence);
  };
  const say = (line: string): void => void (isQuiet || io.stderr.write(`${toFlags(line)}\n`));
  const options: TaskOptions = {
    signal: io.signal,
    onWarning: warn,
    onNote: say,
    onProgress({ task, done, total, from }) {
      const bar = bars.get(task) ?? progress(task, task === 'downloading' ? 'bytes' : 'count', from);
      bars.set(task, bar);
      bar.update(done, total);
      if (total !== undefined && done >= total) {
        bar.clear();
        bars.delete(task);
      }
    },
  };
  const workspace = openWorkspace({ ...toWorkspaceSettings(config, io), ...more(config) }, options, lent?.lender);
  return {
    config,
    io,
    workspace,
    options,
    isQuiet,
    lock: { signal: io.signal, staleMs: workspace.settings.lockStaleMs },
    say,
    warn,
    progress,
    recommend,
    clearBars() {
      for (const bar of bars.values()) bar.clear();
      bars.clear();
    },
    [Symbol.asyncDispose]: () => workspace.close(),
  };
}

/** The prompt templates that the flags or the settings name. */
export const promptsOf = ({ config, io }: Run) => ({ templates: config.template, templateSet: toTemplateSet(config.templateSet, io) });

/** The name of a template set, or the path of its file. */
export const toTemplateSet = <T extends string | undefined>(name: T, { cwd }: CliIo): T =>
  (name?.endsWith('.json') ? resolve(cwd, name) : name) as T;

function toWorkspaceSettings(config: Config, io: CliIo): WorkspaceSettings {
  const { dtype, onnx, device, engine, precision, openvino, threads, batchSize, logitScale, logitBias, fastDecode, db, storageOptions } =
    config;
  const model = config.isModelNamed ? config.model : undefined;
  const lockStaleMs = Number(io.env.LABELWISE_LOCK_STALE_MS) || undefined;
  const cache = config.cache ? { folder: resolve(io.cwd, config.cacheFolder), maxBytes: config.cacheMaxBytes } : undefined;
  return {
    ...readSurroundings(io.env),
    model,
    dtype,
    onnx,
    device,
    engine,
    precision,
    openvino: openvino === undefined ? undefined : resolve(io.cwd, openvino),
    threads,
    batchSize,
    logitScale,
    logitBias,
    fastDecode,
    ownsProcess: true,
    limits: toImageLimits(config),
    db: isObjectAddress(db) ? db : resolve(io.cwd, db),
    storageOptions,
    cache,
    lockStaleMs,
    cwd: io.cwd,
  };
}
