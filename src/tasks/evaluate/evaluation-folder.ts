import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprint } from '../../core/fingerprint.js';
import { REPORT_FILES, RUNS_FOLDER } from '../../datasets/report-files.js';
import { LabelwiseError } from '../../errors.js';
import { ELSEWHERE } from '../../eval/results/write-predictions.js';
import { makeFolder } from '../../files/make-folder.js';
import { writeOutput } from '../../files/open-output.js';
import { toOutputFault } from '../../files/output-fault.js';
import { type HeldLock, LockedError, withLock } from '../../files/with-lock.js';
import type { TaskOptions, Workspace } from '../workspace.js';

/** Where finished batches are kept, and with --report what people and programs read. */
export interface EvaluationFolder {
  /** The folder for people; undefined without --report. */
  readonly report: string | undefined;
  /** The log of the nth model's run. */
  logOf(n: number): string;
  write(name: string, text: string): Promise<void>;
  /** @throws LabelwiseError `LOCK_LOST` */
  assertHeld(): Promise<void>;
  /** Without --report nothing is left of a run that is done. */
  finish(): Promise<void>;
}

/** What to do where the home cannot keep the batches of a run. */
const WITHOUT_REPORT = 'name a folder with `report`, or set LABELWISE_HOME to one that can be written';
/** A holder that was killed is waited for; one that lives is not. */
const LOCK = { staleMs: 8_000, waitMs: 12_000 };

/** Where an evaluation is kept. */
export interface FolderRequest {
  /** The folder for people, absolute. */
  readonly report: string | undefined;
  /** Begin again in a folder that holds another run. */
  readonly overwrite: boolean;
  /** Tells this run from others, for one without a report. */
  readonly name: unknown;
}

/**
 * Makes the folder before any work is done, and holds it while `work` goes on: two runs would mix their batches. `work` gets a signal that
 * also stops it should the folder be lost.
 *
 * @throws LabelwiseError `OUTPUT_UNWRITABLE` when it cannot be written or holds files of others, `DISK_FULL`, `EVALUATION_LOCKED`
 */
export async function withEvaluationFolder<T>(
  { settings }: Workspace,
  { report, overwrite, name }: FolderRequest,
  { options, work }: { options: TaskOptions; work: (folder: EvaluationFolder, signal: AbortSignal) => Promise<T> },
): Promise<T> {
  const runs = report === undefined ? join(settings.home, 'evaluations', fingerprint(name)) : join(report, RUNS_FOLDER);
  if (report !== undefined) await refuseFilesOfOthers(report, overwrite);
  const elsewhere = report === undefined ? WITHOUT_REPORT : ELSEWHERE;
  let isHeld = false;
  const onWait = () => options.onNote?.(`waiting for another evaluation into ${report ?? runs}`);
  try {
    const held = async (lock: HeldLock): Promise<T> => {
      if (overwrite) await rm(runs, { recursive: true, force: true });
      await makeFolder(runs); // the run that was waited for may have taken it away
      isHeld = true;
      return work(toFolder(report, runs, lock), lock.signal);
    };
    return await withLock(runs, held, {
      ...LOCK,
      ...(settings.lockStaleMs ? { staleMs: settings.lockStaleMs } : {}),
      signal: options.signal,
      onWait,
    });
  } catch (cause) {
    if (!(cause instanceof LockedError)) throw isHeld ? cause : toOutputFault(report ?? runs, cause, elsewhere);
    throw new LabelwiseError('EVALUATION_LOCKED', `Another labelwise is evaluating into ${report ?? runs}.`, {
      hint: 'Wait until it is done, or choose another folder with `report`.',
      cause,
    });
  }
}

function toFolder(report: string | undefined, runs: string, lock: HeldLock): EvaluationFolder {
  return {
    report,
    logOf: (n) => join(runs, `${n}.ndjson`),
    assertHeld: lock.assertHeld,
    async write(file, text) {
      await lock.assertHeld();
      await writeOutput(join(report as string, file), text, ELSEWHERE);
    },
    async finish() {
      await lock.assertHeld();
      if (report === undefined) await rm(runs, { recursive: true, force: true });
    },
  };
}

/** A folder is ours where a run of ours was begun, or where results.json is. One that was cut short is ours to be replaced. */
async function refuseFilesOfOthers(report: string, isReplaced: boolean): Promise<void> {
  const entries = await readdir(report).catch((): string[] => []);
  const hasRuns = entries.includes(RUNS_FOLDER);
  if (!entries.includes('results.json')) {
    const foreign = hasRuns ? undefined : REPORT_FILES.find((name) => entries.includes(name));
    if (foreign !== undefined) throw ofOthers(join(report, foreign));
    return;
  }
  const path = join(report, 'results.json');
  const owner = ownerOf(await readFile(path, 'utf8').catch(() => ''), hasRuns);
  if (owner === 'of others') throw ofOthers(path);
  if (owner === 'ours, cut' && !isReplaced)
    throw new LabelwiseError('OUTPUT_UNWRITABLE', `${path} is cut short, and would be overwritten.`, {
      hint: 'Use `overwrite` to replace it and measure again.',
    });
}

const ofOthers = (path: string): LabelwiseError =>
  new LabelwiseError('OUTPUT_UNWRITABLE', `${path} was not written by labelwise, and would be overwritten.`, {
    hint: 'Choose another folder with `report`, or move the file away.',
  });

/** `hasRuns`: there are batches of ours beside it, which tell whose an empty file is. */
function ownerOf(results: string, hasRuns: boolean): 'ours' | 'ours, cut' | 'of others' {
  try {
    const { schemaVersion, versions } = JSON.parse(results) as { schemaVersion?: unknown; versions?: { labelwise?: unknown } };
    return schemaVersion !== undefined && typeof versions?.labelwise === 'string' ? 'ours' : 'of others'; // of any version: a later one may hold more
  } catch {
    return hasRuns || results.startsWith(BEGINNING) ? 'ours, cut' : 'of others';
  }
}

const BEGINNING = '{\n  "schemaVersion"';
