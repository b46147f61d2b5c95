import { loadEncoder } from '../../encoders/load-encoder.js';
import { LabelwiseError } from '../../errors.js';
import { startRun } from '../context.js';
import type { CliIo } from '../io.js';
import { toReference } from '../open-index-encoder.js';
import { modelCommand } from '../options.js';

/** `labelwise index migrate`: the same images under another model. */
export function indexMigrateCommand(io: CliIo) {
  return modelCommand('migrate')
    .description('encode all indexed images with another model, beside the index in use, and change over in one step')
    .option('--allow-missing', 'leave out images whose files are not there now')
    .action(async (flags) => {
      const run = startRun(flags, io);
      const { config } = run;
      if (!config.isModelNamed) {
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected the model to change over to, got none.', {
          hint: 'For example: labelwise index migrate --model openai/clip-vit-base-patch32',
        });
      }
      const { migrateImages } = await import('../../ingest/migrate-images.js');
      const { withIndexLock } = await import('../../store/image-index.js');
      const encoder = await loadEncoder({ ...run.workspace.encoderOptions(), model: toReference(run).model });
      const progress = run.progress('images');
      try {
        const report = await withIndexLock(
          config.db,
          (lock) =>
            migrateImages(config.db, {
              encoder,
              reference: toReference(run),
              allowMissing: flags.allowMissing === true,
              maxImageBytes: encoder.limits.maxImageBytes,
              lock,
              onProgress: progress.update,
            }),
          run.lock,
        );
        progress.clear();
        run.say(
          report.isSame
            ? `The index is of ${encoder.info.name} already.`
            : `${report.images} images now stand under ${encoder.info.name}: ${report.encoded} encoded, ${report.resumed} from a run before. The old table is kept until "labelwise index prune"; run "labelwise tag" again.`,
        );
      } catch (error) {
        if (error instanceof LabelwiseError && error.code === 'ABORTED')
          run.say('The index in use is untouched; the same command goes on from here.');
        throw error;
      } finally {
        progress.clear();
        await encoder.close();
      }
    });
}
