import { access, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { labelwiseHome } from '../../config/labelwise-home.js';
import { fingerprint } from '../../core/fingerprint.js';
import { LabelwiseError, messageOf } from '../../errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { LockedError, withLock } from '../../files/with-lock.js';
import type { Run } from '../open-model.js';

/** Where finished batches are kept, and with --report what people and programs read. */
export interface EvaluationFolder {
  /** The folder for people; undefined without --report. */
  readonly report: string | undefined;
  /** The log of the nth model's run. */
  logOf(n: number): string;
  write(name: string, text: string): Promise<void>;
  /** Without --report nothing is left of a run that is done. */
  finish(): Promise<void>;
}

/** Inside the report's folder: the finished batches of each model. */
const RUNS = '.runs';
/** What a report writes: nothing of these names is replaced in a folder that was never ours. */
const WRITTEN = [
  'results.json',
  'report.html',
  'summary.md',
  'predictions.parquet',
  'predictions.csv',
  'changes.csv',
  'clip_benchmark.json',
];
/** A holder that was killed is waited for; one that lives is not. */
const LOCK = { staleMs: 8_000, waitMs: 12_000 };

export interface FolderFlags {
  readonly report?: string | undefined;
  readonly overwrite?: true | undefined;
}

/**
 * Makes the folder before any work is done, and holds it while `work` goes on: two runs would mix their batches. `work` gets the run with
 * a signal that stops it should the folder be lost.
 *
 * @param what `name` tells this run from others, for one without a report
 * @throws LabelwiseError `INVALID_ARGUMENT` when it cannot be made, `OUTPUT_UNWRITABLE` when files of others stand in it, `EVALUATION_LOCKED`
 */
export async function withEvaluationFolder<T>(
  run: Run,
  { flags, name }: { flags: FolderFlags; name: unknown },
  work: (folder: EvaluationFolder, run: Run) => Promise<T>,
): Promise<T> {
  const { io } = run;
  const report = flags.report === undefined ? undefined : resolve(io.cwd, flags.report);
  const runs = report === undefined ? join(labelwiseHome(io.env), 'evaluations', fingerprint(name)) : join(report, RUNS);
  if (report !== undefined) await refuseFilesOfOthers(report);
  await makeRunsFolder(runs, report);
  const options = { ...LOCK, signal: io.signal, onWait: () => run.say(`waiting for another evaluation into ${report ?? runs}`) };
  try {
    return await withLock(
      runs,
      async (signal) => {
        if (flags.overwrite) await rm(runs, { recursive: true, force: true });
        await makeFolder(runs); // the run that was waited for may have taken it away
        return work(toFolder(report, runs), { ...run, io: { ...io, signal } });
      },
      options,
    );
  } catch (cause) {
    if (!(cause instanceof LockedError)) throw cause;
    throw new LabelwiseError('EVALUATION_LOCKED', `Another labelwise is evaluating into ${report ?? runs}.`, {
      hint: 'Wait until it is done, or choose another folder with --report.',
      cause,
    });
  }
}

function toFolder(report: string | undefined, runs: string): EvaluationFolder {
  return {
    report,
    logOf: (n) => join(runs, `${n}.ndjson`),
    write: (file, text) => writeFile(join(report as string, file), text),
    async finish() {
      if (report === undefined) await rm(runs, { recursive: true, force: true });
    },
  };
}

async function makeRunsFolder(runs: string, report: string | undefined): Promise<void> {
  try {
    await makeFolder(runs);
    await access(runs);
  } catch (cause) {
    throw new LabelwiseError('INVALID_ARGUMENT', `The folder ${report ?? runs} cannot be written: ${messageOf(cause)}.`, {
      hint: 'Choose another place with --report.',
      cause,
    });
  }
}

/** A folder is ours where a run of ours was begun, or where results.json is. */
async function refuseFilesOfOthers(report: string): Promise<void> {
  const entries = await readdir(report).catch((): string[] => []);
  const results = entries.includes('results.json') ? await readFile(join(report, 'results.json'), 'utf8').catch(() => '') : undefined;
  const areOurs = results === undefined ? undefined : isResults(results);
  const isOurs = areOurs ?? entries.includes(RUNS);
  const foreign = areOurs === false ? 'results.json' : WRITTEN.find((name) => !isOurs && entries.includes(name));
  if (foreign === undefined) return;
  throw new LabelwiseError('OUTPUT_UNWRITABLE', `${join(report, foreign)} was not written by labelwise, and would be overwritten.`, {
    hint: 'Choose another folder with --report, or move the file away.',
  });
}

function isResults(text: string): boolean {
  try {
    const { schemaVersion, versions } = JSON.parse(text) as { schemaVersion?: unknown; versions?: { labelwise?: unknown } };
    return schemaVersion !== undefined && typeof versions?.labelwise === 'string'; // of any version: a later one may hold more
  } catch {
    return false;
  }
}
