import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelPaths } from '../../checkpoints/model-files.js';
import { openManifest } from '../../checkpoints/open-manifest.js';
import { LabelwiseError, messageOf } from '../../errors.js';
import { inOutputWords } from '../../files/output-fault.js';
import { replaceFolder } from '../../graphs/kept-folder.js';
import { type Int8Report, int8FolderOf } from '../../graphs/quantize/int8-copy.js';
import { writeInt8Copy } from '../../graphs/quantize/write-int8-copy.js';
import { ANOTHER_HOME } from '../../home/labelwise-home.js';
import type { Surroundings } from '../../hub/surroundings.js';
import { findOpenVino } from '../engines/openvino/find-openvino.js';
import type { LoadEncoderOptions } from '../load-encoder.js';
import { checkPrecision } from './check-precision.js';
import { compareProbes, embedProbes, type ProbeEmbeddings, type Probes, refuseIfWorse } from './compare-precision.js';
import type { PrecisionReport } from './precision-report.js';

export interface QuantizeOptions extends LoadEncoderOptions, Surroundings, Probes {
  /** Keep the copy whatever the check says. */
  readonly force?: boolean | undefined;
  readonly onProgress?: ((task: 'writing' | 'checking', done: number, total: number) => void) | undefined;
}

/** The figures of a copy, its folder, and the figures of the same copy with OpenVINO. */
export interface QuantizedCheckpoint extends Int8Report {
  readonly folder: string;
  readonly openvino?: PrecisionReport;
}

/**
 * Makes the int8 copy of a checkpoint's weights, holds it against the original on photos and prompts, and keeps it where
 * `dtype: 'int8'` finds it. Nothing is kept that fails the check.
 *
 * @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` for a checkpoint that is run from ONNX files, `QUANTIZATION_REJECTED`, `OUTPUT_UNWRITABLE`, `DISK_FULL`
 */
export async function quantizeCheckpoint(options: QuantizeOptions): Promise<QuantizedCheckpoint> {
  const { home } = options;
  const exact = await openManifest({ ...options, dtype: undefined });
  if (exact.model.kind !== 'safetensors') {
    throw new LabelwiseError('CHECKPOINT_UNSUPPORTED', `${exact.name} is run from ONNX files, which are not quantised here.`, {
      hint: 'Name a checkpoint with model.safetensors.',
    });
  }
  const manifest = await openManifest({ ...options, dtype: 'int8' });
  const unfinished = join(home, `int8-unfinished-${process.pid}`);
  const folder = int8FolderOf(manifest, unfinished);
  const inWords = <T>(work: () => Promise<T>): Promise<T> => inOutputWords(home, ANOTHER_HOME, work);
  try {
    const bytes = await inWords(() =>
      writeInt8Copy(manifest, folder, {
        signal: options.signal,
        onProgress: (done, total) => options.onProgress?.('writing', done, total),
      }),
    );
    const sizes = await Promise.all(modelPaths(manifest.model).map(async (path) => (await stat(join(manifest.folder, path))).size));
    const { report: checked, exact: embeddings } = await compare(options, unfinished);
    const report: Int8Report = { ...checked, bytes, sourceBytes: sizes.reduce((sum, size) => sum + size, 0) };
    if (!options.force) refuseIfWorse(`The int8 copy of ${manifest.name}`, report);
    const kept = int8FolderOf(manifest, home);
    await inWords(async () => {
      await writeFile(join(folder, 'report.json'), JSON.stringify(report, null, 2));
      await replaceFolder(folder, kept);
    });
    const openvino = await checkWithOpenVino(options, embeddings);
    return { ...report, folder: kept, ...(openvino ? { openvino } : {}) };
  } finally {
    await rm(unfinished, { recursive: true, force: true }).catch(() => {}); // what is thrown says more
  }
}

interface Compared {
  readonly report: PrecisionReport;
  readonly exact: ProbeEmbeddings;
}

async function compare(options: QuantizeOptions, int8Home: string): Promise<Compared> {
  const total = 2 * (options.photos.length + options.prompts.length);
  let done = 0;
  const onStep = (more: number): void => {
    done += more;
    options.onProgress?.('checking', done, total);
  };
  const engine = 'onnxruntime';
  const exact = await embedProbes({ ...options, engine, precision: undefined, dtype: 'fp32' }, options, onStep);
  const rough = await embedProbes({ ...options, engine, precision: undefined, dtype: 'int8', home: int8Home }, options, onStep);
  return { report: compareProbes(exact, rough), exact };
}

/** The same copy with OpenVINO, where there is one. A copy that does badly there is kept for ONNX Runtime. */
async function checkWithOpenVino(options: QuantizeOptions, exact: ProbeEmbeddings): Promise<PrecisionReport | undefined> {
  if (options.engine === 'onnxruntime' || findOpenVino(options) === undefined) return undefined;
  try {
    return await checkPrecision({ ...options, dtype: undefined, precision: 'int8', exact, onProgress: undefined });
  } catch (error) {
    if (options.signal?.aborted || options.engine === 'openvino') throw error;
    options.onWarning?.(`OpenVINO will not run the copy: ${messageOf(error)}`);
    return undefined;
  }
}
