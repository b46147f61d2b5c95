import { LabelwiseError } from '../../errors.js';
import { packageFile } from '../../files/package-root.js';
import type { CliIo } from '../../local/io.js';
import { type Run, startRun } from '../context.js';
import { findOptionsOf } from '../find-options.js';
import { modelCommand } from '../options.js';

/** The photos of a folder; by default real ones that every installation has. */
export async function listPhotos(folder: string | undefined, run: Run): Promise<string[]> {
  const { findImages } = await import('../../ingest/find-images.js');
  const photos: string[] = [];
  for await (const { path, error } of findImages([folder ?? packageFile('demo/photos')], findOptionsOf(run))) {
    if (error) throw error;
    photos.push(path);
  }
  return photos;
}

/** `labelwise models quantize`: an int8 copy of a model's weights, checked before it is kept. */
export function quantizeCommand(io: CliIo) {
  return modelCommand('quantize')
    .description('check what int8 or bf16 costs a model before it is used: for int8, make a copy of its weights, a quarter of the size')
    .argument('<model>', 'as for --model; for int8, a model with safetensors')
    .option('--photos <folder>', 'photos to check the copy with (default: a few that ship with labelwise)')
    .option('--label-set <name>', 'labels for the check', 'cifar100')
    .option('--force', 'keep the copy even if the check fails')
    .option('--json', 'print the report as JSON')
    .action(async (model, flags) => {
      await using run = startRun({ ...flags, model }, io);
      const [{ loadLabelSet, loadTemplateSet }, { buildPrompts }] = await Promise.all([
        import('../../home/data-files.js'),
        import('../../core/class-embeddings.js'),
      ]);
      if (run.config.precision === 'fp32')
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected `precision` to be int8 or bf16, got fp32.');
      const labels = await loadLabelSet(flags.labelSet);
      const { templates } = await loadTemplateSet('default');
      const prompts = labels.labels.flatMap((label) => buildPrompts(label, templates));
      const photos = await listPhotos(flags.photos, run);
      const probes = { photos, prompts, force: flags.force };
      const report = await (run.config.precision === 'bf16' ? checkBf16(model, probes, run) : makeInt8Copy(model, probes, run));
      if (flags.json) io.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    });
}

interface QuantizeProbes {
  readonly photos: readonly string[];
  readonly prompts: readonly string[];
  readonly force: boolean | undefined;
}

async function makeInt8Copy(model: string, probes: QuantizeProbes, run: Run): Promise<unknown> {
  const [{ quantizeCheckpoint }, { describeInt8Report, describePrecisionReport }] = await Promise.all([
    import('../../encoders/quantize/quantize-checkpoint.js'),
    import('../../tasks/describe-model.js'),
  ]);
  const bars = { writing: run.progress('writing'), checking: run.progress('checking') };
  const report = await quantizeCheckpoint({
    ...run.workspace.encoderOptions(),
    ...probes,
    onProgress: (task, done, total) => {
      bars[task].update(done, total);
      if (done === total) bars[task].clear();
    },
  });
  run.say(`kept in ${report.folder}: ${describeInt8Report(report)}`);
  if (report.openvino) run.say(`with OpenVINO: ${describePrecisionReport(report.openvino)}`);
  run.say(`use it: --model ${model} --${report.openvino ? 'precision' : 'dtype'} int8`);
  return report;
}

async function checkBf16(model: string, probes: QuantizeProbes, run: Run): Promise<unknown> {
  const [{ checkPrecision }, { describePrecisionReport }] = await Promise.all([
    import('../../encoders/quantize/check-precision.js'),
    import('../../tasks/describe-model.js'),
  ]);
  const bar = run.progress('checking');
  const report = await checkPrecision({
    ...run.workspace.encoderOptions(),
    ...probes,
    precision: 'bf16',
    onProgress: (_task, done, total) => bar.update(done, total),
  }).finally(() => bar.clear());
  run.say(`bf16 with OpenVINO: ${describePrecisionReport(report)}`);
  run.say(`use it: --model ${model} --precision bf16`);
  return report;
}
