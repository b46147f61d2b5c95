import type { CliIo } from '../../local/io.js';
import { startRun } from '../context.js';
import { modelCommand } from '../options.js';

/** `labelwise index migrate`: the same images under another model. */
export function indexMigrateCommand(io: CliIo) {
  return modelCommand('migrate')
    .description('encode all indexed images with another model, then switch the index over in one step')
    .option('--allow-missing', 'leave out images whose files are missing')
    .option('--prepare', 'fill the table of the new model without switching over; "serve --next" and "search --next" try it')
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const isPrepared = flags.prepare === true;
      const { migrateIndex } = await import('../../tasks/maintain-index.js');
      const report = await migrateIndex(run.workspace, { allowMissing: flags.allowMissing === true, isPrepared }, run.options).finally(() =>
        run.clearBars(),
      );
      run.say(
        report.isSame
          ? `The index already uses ${report.model}.`
          : isPrepared
            ? `${report.images} images are ready for ${report.model}: ${report.encoded} encoded, ${report.resumed} from an earlier run. The index still uses the model before. Try it with "labelwise search --next" or "labelwise serve --next", then run the same command without --prepare.`
            : `${report.images} images now use ${report.model}: ${report.encoded} encoded, ${report.resumed} from an earlier run. The old table is kept until "labelwise index prune"; run "labelwise tag" again.`,
      );
    });
}
