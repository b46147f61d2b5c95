import type { Encoder } from '../../encoders/load-encoder.js';
import { LabelwiseError } from '../../errors.js';
import { formatBytes } from '../../files/format-bytes.js';
import type { Int8Report } from '../../graphs/quantize/int8-copy.js';
import { type Run, startRun } from '../context.js';
import type { CliIo } from '../io.js';
import { addFormats, baseCommand, modelCommand } from '../options.js';
import { paint } from '../render/paint.js';
import { createRowWriter, formatOf } from '../render/rows.js';
import { formatReport, quantizeCommand } from './quantize.js';
import { formatTuning, tuneCommand } from './tune.js';

/** `labelwise models`: what is on disk, and what it is. */
export function modelsCommand(io: CliIo) {
  return baseCommand('models')
    .description('list, show, download, quantise and remove models')
    .addCommand(listCommand(io))
    .addCommand(showCommand(io))
    .addCommand(pullCommand(io))
    .addCommand(quantizeCommand(io))
    .addCommand(tuneCommand(io))
    .addCommand(removeCommand(io));
}

function listCommand(io: CliIo) {
  return addFormats(baseCommand('list'))
    .description('show the models on disk')
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const { listModels } = await import('../../checkpoints/list-models.js');
      const writer = createRowWriter<Awaited<ReturnType<typeof listModels>>[number]>(io, formatOf(flags), {
        csvHeader: ['name', 'source', 'sizeBytes', 'hasWeights', 'dtypes', 'path'],
        csv: (m) => [[m.name, m.source, m.sizeBytes, m.hasWeights, m.dtypes.join(' '), m.path]],
        human: (m) => [
          `${m.name}  ${formatBytes(m.sizeBytes)}, ${m.source}, ${[...(m.hasWeights ? ['safetensors'] : []), ...m.dtypes.map((dtype) => `${dtype} ONNX`)].join(', ') || 'nothing that runs'}  ${m.path}`,
        ],
      });
      for (const model of await listModels(run.workspace.settings.hub)) await writer.write(model);
      await writer.end();
      run.say('more: labelwise models pull openai/clip-vit-base-patch32');
    });
}

function showCommand(io: CliIo) {
  return modelCommand('show')
    .description('show the facts of a model')
    .argument('[model]', 'as for --model')
    .option('--json', 'print JSON')
    .action(async (model, flags) => {
      await using run = startRun({ ...flags, model: model ?? flags.model }, io);
      const { loadEncoder } = await import('../../encoders/load-encoder.js');
      const encoder = await loadEncoder(run.workspace.encoderOptions());
      try {
        const { manifest, info, logitSource } = encoder;
        const { rules } = await encoder.tokenizer();
        const [text] = await encoder.encodeTexts(['']);
        const { device, reasons } = await encoder.device();
        const { text: _files, logits: _logits, config: _config, ...facts } = manifest;
        const shown = {
          ...facts,
          ...(await describeChoices(encoder, run)),
          dimension: text?.length ?? 0,
          logitScale: info.logitScale,
          logitBias: info.logitBias,
          logitSource,
          textRules: rules,
          ...(await describeTuning(encoder, run)),
          device,
          deviceReasons: reasons,
        };
        if (flags.json) {
          io.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
          return;
        }
        const { describeModel } = await import('../render/describe-model.js');
        for (const [key, value] of describeModel(shown)) io.stdout.write(`${paint(io, 'bold', io.stdout)(key.padEnd(13))} ${value}\n`);
      } finally {
        await encoder.close();
      }
    });
}

/** What `models tune` found for this machine, or how to find it. */
async function describeTuning({ manifest }: Encoder, { config, workspace }: Run): Promise<{ tuning: string }> {
  const { readTuning } = await import('../../encoders/tuning/tuning-note.js');
  const { chooseThreads } = await import('../../encoders/onnx/available-threads.js');
  const found = await readTuning(manifest, chooseThreads(config.threads), workspace.settings.home);
  return { tuning: found ? formatTuning(found) : `none yet: labelwise models tune ${manifest.name}` };
}

/** Why these files run, what else there is, and the int8 copy with its figures. */
async function describeChoices(encoder: Encoder, { config, workspace }: Run): Promise<{ runs: string; int8Copy?: string }> {
  const { manifest } = encoder;
  if (manifest.model.kind !== 'safetensors') return { runs: 'its ONNX files' };
  const { findInt8Report } = await import('../../encoders/quantize/find-int8-report.js');
  const report = await findInt8Report(manifest, workspace.settings);
  return {
    runs:
      manifest.dtype === 'int8'
        ? 'the int8 copy of its weights'
        : 'its weights, by graphs that labelwise writes; preferred to ONNX files for load time and memory (docs/reference/benchmarks.md; --onnx for those)',
    int8Copy: describeCopy(report, config.model),
  };
}

function describeCopy(report: Int8Report | 'damaged' | undefined, model: string): string {
  const make = `labelwise models quantize ${model}`;
  if (report === undefined) return `none yet: ${make}`;
  return report === 'damaged'
    ? `there is one (--dtype int8), and its report is damaged: ${make}`
    : `${formatReport(report)} (--dtype int8)`;
}

function pullCommand(io: CliIo) {
  return modelCommand('pull')
    .description('download a model, or bring it up to date and check it')
    .argument('<model>', 'owner/name, with @revision if wanted')
    .action(async (model, flags) => {
      await using run = startRun({ ...flags, model }, io);
      const { openManifest } = await import('../../checkpoints/open-manifest.js');
      const manifest = await openManifest({ ...run.workspace.encoderOptions(), refresh: true });
      run.say(`${manifest.name} is whole (${manifest.dtype}, ${manifest.revision ?? manifest.source}) in ${manifest.folder}`);
    });
}

function removeCommand(io: CliIo) {
  return baseCommand('remove')
    .description('remove a downloaded model from the cache')
    .argument('<model>', 'owner/name')
    .action(async (model, flags) => {
      await using run = startRun(flags, io);
      if (model === 'pocket')
        throw new LabelwiseError('INVALID_ARGUMENT', 'The embedded model is part of the program and cannot be removed.');
      const { removeModel } = await import('../../checkpoints/list-models.js');
      run.say(`removed ${model}: ${formatBytes(await removeModel(model, run.workspace.settings.hub))} are free again`);
    });
}
