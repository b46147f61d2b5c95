import { EMBEDDED_MODEL } from '../checkpoints/checkpoint-folder.js';
import type { Manifest } from '../checkpoints/manifest.js';
import { chooseThreads } from '../encoders/onnx/available-threads.js';
import { findInt8Report } from '../encoders/quantize/find-int8-report.js';
import { readTuning } from '../encoders/tuning/tuning-note.js';
import type { Int8Report } from '../graphs/quantize/int8-copy.js';
import { describeInt8Report, describeTuning, type ShownModel } from './describe-model.js';
import type { TaskOptions, Workspace } from './workspace.js';

/** Loads the workspace's model and says what it is and how it runs. */
export async function showModel(workspace: Workspace, options: TaskOptions = {}): Promise<ShownModel> {
  const { settings } = workspace;
  const encoder = await workspace.encoder({}, options);
  const { manifest, info, logitSource } = encoder;
  const { rules } = await encoder.tokenizer();
  const [text] = await encoder.encodeTexts([''], { signal: options.signal });
  const { device, reasons } = await encoder.device();
  const tuning = await readTuning(manifest, chooseThreads(settings.threads), settings.home);
  const { text: _files, logits: _logits, config: _config, ...facts } = manifest;
  return {
    ...facts,
    ...(await describeChoices(manifest, workspace)),
    dimension: text?.length ?? 0,
    logitScale: info.logitScale,
    logitBias: info.logitBias,
    logitSource,
    textRules: rules,
    tuning: tuning ? describeTuning(tuning) : `none yet: labelwise models tune ${manifest.name}`,
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
