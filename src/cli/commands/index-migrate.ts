import type { CliIo } from '../../local/io.js';
import { startRun } from '../context.js';
import { modelCommand } from '../options.js';

/** `labelwise index migrate`: the same images under another model. */
export function indexMigrateCommand(io: CliIo) {
  return modelCommand('migrate')
    .description('encode all indexed images with another model, then switch the index over in one step')
    .option('--allow-missing', 'leave out images whose files are missing')
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const { migrateIndex } = await import('../../tasks/maintain-index.js');
      const report = await migrateIndex(run.workspace, { allowMissing: flags.allowMissing === true }, run.options).finally(() =>
        run.clearBars(),
      );
      run.say(
        report.isSame
          ? `The index already uses ${report.model}.`
          : `${report.images} images now use ${report.model}: ${report.encoded} encoded, ${report.resumed} from an earlier run. The old table is kept until "labelwise index prune"; run "labelwise tag" again.`,
      );
    });
}
