import type { Tuning } from '../../encoders/tuning/tuning-note.js';
import { renderTable } from '../../files/table.js';
import type { CliIo } from '../../local/io.js';
import { startRun } from '../context.js';
import { modelCommand } from '../options.js';
import { listPhotos } from './quantize.js';

/** `labelwise models tune`: the batch size and waiting that are fastest on this machine, kept for later runs. */
export function tuneCommand(io: CliIo) {
  return modelCommand('tune')
    .description('find the fastest settings on this machine, and use them in later runs')
    .argument('[model]', 'as for --model')
    .option('--photos <folder>', 'photos like yours (default: a few that ship with labelwise)')
    .option('--json', 'print the measurements as JSON')
    .action(async (model, flags) => {
      await using run = startRun({ ...flags, model: model ?? flags.model }, io);
      const [{ tuneEncoder }, { describeTuning, ENGINE_NAMES }] = await Promise.all([
        import('../../encoders/tuning/tune-encoder.js'),
        import('../../tasks/describe-model.js'),
      ]);
      const photos = await listPhotos(flags.photos, run);
      const bar = run.progress('measuring');
      const options = { ...run.workspace.encoderOptions(), batchSize: undefined, photos };
      const measured = await tuneEncoder({ ...options, onProgress: (done, total) => bar.update(done, total) }).finally(() => bar.clear());
      if (flags.json) {
        io.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
        return;
      }
      const rows = measured.map((m) => [
        ENGINE_NAMES[m.engine],
        String(m.batchSize),
        m.isSpinning ? 'busy' : 'asleep',
        m.imagesPerSecond.toFixed(1),
      ]);
      for (const line of renderTable(['engine', 'batch size', 'threads wait', 'images/s'], rows, [1, 3])) io.stdout.write(`${line}\n`);
      run.say(`kept for this machine: ${describeTuning(measured[0] as Tuning)}`);
    });
}
