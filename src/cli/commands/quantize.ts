import { packageFile } from '../../files/package-root.js';
import { type Run, startRun } from '../context.js';
import { findOptionsOf } from '../find-options.js';
import type { CliIo } from '../io.js';
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
    .description('make an int8 copy of a model: a quarter of the size, and faster (use it with --dtype int8)')
    .argument('<model>', 'as for --model; a model with safetensors')
    .option('--photos <folder>', 'photos to check the copy with (default: a few that ship with labelwise)')
    .option('--label-set <name>', 'labels for the check', 'cifar100')
    .option('--force', 'keep the copy even if the check fails')
    .option('--json', 'print the report as JSON')
    .action(async (model, flags) => {
      await using run = startRun({ ...flags, model }, io);
      const [{ quantizeCheckpoint }, { describeInt8Report }, { loadLabelSet, loadTemplateSet }, { buildPrompts }] = await Promise.all([
        import('../../encoders/quantize/quantize-checkpoint.js'),
        import('../../tasks/describe-model.js'),
        import('../../home/data-files.js'),
        import('../../core/class-embeddings.js'),
      ]);
      const labels = await loadLabelSet(flags.labelSet);
      const { templates } = await loadTemplateSet('default');
      const prompts = labels.labels.flatMap((label) => buildPrompts(label, templates));
      const photos = await listPhotos(flags.photos, run);
      const bars = { writing: run.progress('writing'), checking: run.progress('checking') };
      const report = await quantizeCheckpoint({
        ...run.workspace.encoderOptions(),
        photos,
        prompts,
        force: flags.force,
        onProgress: (task, done, total) => {
          bars[task].update(done, total);
          if (done === total) bars[task].clear();
        },
      });
      if (flags.json) io.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      run.say(`kept in ${report.folder}: ${describeInt8Report(report)}`);
      run.say(`use it: --model ${model} --dtype int8`);
    });
}
