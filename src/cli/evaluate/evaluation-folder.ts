import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { labelwiseHome } from '../../config/labelwise-home.js';
import { fingerprint } from '../../core/fingerprint.js';
import { LabelwiseError, messageOf } from '../../errors.js';
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

/**
 * Makes the folder before any work is done.
 *
 * @param name what tells this run from others, for one without a report
 * @throws LabelwiseError `INVALID_ARGUMENT` when it cannot be made, or holds results that no run of ours would go on with
 */
export async function openEvaluationFolder(
  run: Run,
  flags: { report?: string | undefined; overwrite?: true | undefined },
  name: unknown,
): Promise<EvaluationFolder> {
  const { io } = run;
  const report = flags.report === undefined ? undefined : resolve(io.cwd, flags.report);
  const runs = report === undefined ? join(labelwiseHome(io.env), 'evaluations', fingerprint(name)) : join(report, RUNS);
  try {
    await mkdir(runs, { recursive: true });
    await access(runs);
  } catch (cause) {
    throw new LabelwiseError('INVALID_ARGUMENT', `The folder ${report ?? runs} cannot be written: ${messageOf(cause)}.`, {
      hint: 'Choose another place with --report.',
      cause,
    });
  }
  if (flags.overwrite) {
    await rm(runs, { recursive: true, force: true });
    await mkdir(runs);
  }
  return {
    report,
    logOf: (n) => join(runs, `${n}.ndjson`),
    write: (file, text) => writeFile(join(report as string, file), text),
    async finish() {
      if (report === undefined) await rm(runs, { recursive: true, force: true });
    },
  };
}
