import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EMBEDDED_MODEL } from '../checkpoints/checkpoint-folder.js';
import { findKnownModel } from '../checkpoints/known-models.js';
import type { Manifest } from '../checkpoints/manifest.js';
import { readModelCard } from '../checkpoints/model-card.js';
import { modelPaths } from '../checkpoints/model-files.js';
import { readWeights } from '../checkpoints/safetensors/read-weights.js';
import { chooseThreads } from '../encoders/onnx/available-threads.js';
import { findInt8Report } from '../encoders/quantize/find-int8-report.js';
import { readPrecisionReport } from '../encoders/quantize/precision-report.js';
import { readTuning } from '../encoders/tuning/tuning-note.js';
import type { Int8Report } from '../graphs/quantize/int8-copy.js';
import { describeInt8Report, describePrecisionReport, describeTuning, type ShownModel } from './describe-model.js';
import type { TaskOptions, Workspace } from './workspace.js';

/** Loads the workspace's model and says what it is and how it runs. */
export async function showModel(workspace: Workspace, options: TaskOptions = {}): Promise<ShownModel> {
  const { settings } = workspace;
  const encoder = await workspace.encoder({}, options);
  const { manifest, info, logitSource } = encoder;
  const { rules } = await encoder.tokenizer();
  const [text] = await encoder.encodeTexts([''], { signal: options.signal });
  const { engine, device, reasons } = await encoder.device();
  const { precision } = encoder.settings;
  const tuning = await readTuning(manifest, { threads: chooseThreads(settings.threads), precision: settings.precision }, settings.home);
  const checked = await readPrecisionReport(info.fingerprint, settings.home);
  const { text: _files, logits: _logits, config: _config, ...facts } = manifest;
  const [known, card] = await Promise.all([findKnownModel(manifest.name), readModelCard(manifest.folder)]);
  const size = await sizeOfModel(manifest);
  return {
    ...facts,
    ...(await describeChoices(manifest, workspace)),
    ...size,
    family: known?.family,
    goodAt: known?.goodAt,
    languages: card.languages ?? known?.languages,
    licence: card.licence ?? known?.licence,
    accuracy: known?.imagenetTop1 === undefined ? undefined : { imagenetTop1: known.imagenetTop1, source: known.source as string },
    dimension: text?.length ?? 0,
    logitScale: info.logitScale,
    logitBias: info.logitBias,
    logitSource,
    textRules: rules,
    tuning: tuning ? describeTuning(tuning) : `none yet: labelwise models tune ${manifest.name}`,
    fingerprint: info.fingerprint,
    engine,
    precision: checked ? `${precision}: ${describePrecisionReport(checked)}` : precision,
    device,
    deviceReasons: reasons,
  };
}

/** Why these files run, what else could, and the figures of the int8 copy. */
async function describeChoices(manifest: Manifest, { settings }: Workspace): Promise<Pick<ShownModel, 'runs' | 'int8Copy'>> {
  if (manifest.model.kind !== 'safetensors') return { runs: 'its ONNX files' };
  return {
    runs:
      manifest.dtype === 'int8'
        ? 'the int8 copy of its weights'
        : 'its weights, by graphs that labelwise writes; preferred to ONNX files for load time and memory (docs/reference/benchmarks.md; `onnx` for those)',
    int8Copy: describeCopy(await findInt8Report(manifest, settings), settings.model ?? EMBEDDED_MODEL),
  };
}

function describeCopy(report: Int8Report | 'damaged' | undefined, model: string): string {
  const make = `labelwise models quantize ${model}`;
  if (report === undefined) return `none yet: ${make}`;
  return report === 'damaged'
    ? `there is one (\`dtype\` int8), but its report is damaged: ${make}`
    : `${describeInt8Report(report)} (\`dtype\` int8)`;
}

/** What the runtime needs beside the weights of a tower that it runs. */
const RUNTIME_BYTES = 110e6;

/** The model's parameters, where its weights state them, and about how much memory both towers need. */
async function sizeOfModel({ folder, model, companions, dtype }: Manifest): Promise<{ parameters?: number; memoryBytes: number }> {
  const files = [...modelPaths(model), ...companions];
  if (model.kind !== 'safetensors') {
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
    return { memoryBytes: sizes.reduce((sum, size) => sum + size, RUNTIME_BYTES) };
  }
  const tensors = [...(await readWeights(folder, model.weights)).values()];
  const parameters = tensors.reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);
  return { parameters, memoryBytes: RUNTIME_BYTES + parameters * (dtype === 'int8' ? 1.1 : 4) }; // 16-bit weights become float32 when they are loaded
}
