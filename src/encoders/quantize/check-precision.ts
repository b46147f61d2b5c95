import { dirname } from 'node:path';
import { openManifest } from '../../checkpoints/open-manifest.js';
import { makeFolder } from '../../files/make-folder.js';
import { openOutput, writeOutput } from '../../files/open-output.js';
import { ANOTHER_HOME } from '../../home/labelwise-home.js';
import type { Surroundings } from '../../hub/surroundings.js';
import type { LoadEncoderOptions } from '../load-encoder.js';
import { dtypeFor, planEngine } from '../plan-engine.js';
import { compareProbes, embedProbes, type ProbeEmbeddings, type Probes, refuseIfWorse } from './compare-precision.js';
import { type PrecisionReport, precisionReportPath } from './precision-report.js';

export interface CheckPrecisionOptions extends LoadEncoderOptions, Surroundings, Probes {
  readonly precision: 'bf16' | 'int8';
  /** Keep the precision whatever the check says. */
  readonly force?: boolean | undefined;
  /** The embeddings in float32, where they are known. */
  readonly exact?: ProbeEmbeddings | undefined;
  readonly onProgress?: ((task: 'checking', done: number, total: number) => void) | undefined;
}

/**
 * Holds a precision of OpenVINO against float32 on photos and prompts, and notes the figures in the home: from then on `precision` takes it.
 *
 * @throws LabelwiseError `ENGINE_UNAVAILABLE`, `QUANTIZATION_REJECTED`, `OUTPUT_UNWRITABLE`, `DISK_FULL`
 */
export async function checkPrecision(options: CheckPrecisionOptions): Promise<PrecisionReport> {
  const { precision, home } = options;
  const load = { ...options, engine: 'openvino', isUnchecked: true } as const;
  const manifest = await openManifest({ ...options, dtype: dtypeFor(options) });
  const { suffix } = await planEngine(manifest, undefined, load);
  const path = precisionReportPath(manifest.fingerprint + suffix, home);
  await makeFolder(dirname(path));
  await using _ = await openOutput(path, ANOTHER_HOME); // says before the work that the report cannot be kept
  let done = 0;
  const total = (options.exact ? 1 : 2) * (options.photos.length + options.prompts.length);
  const onStep = (more: number): void => {
    done += more;
    options.onProgress?.('checking', done, total);
  };
  const exact =
    options.exact ?? (await embedProbes({ ...options, dtype: undefined, precision: 'fp32', engine: 'onnxruntime' }, options, onStep));
  const report = compareProbes(exact, await embedProbes(load, options, onStep));
  if (!options.force) refuseIfWorse(`The precision ${precision} of ${manifest.name} with OpenVINO`, report);
  await writeOutput(path, JSON.stringify(report, null, 2), ANOTHER_HOME);
  return report;
}
