import { EMBEDDED_MODEL } from '../../checkpoints/checkpoint-folder.js';
import { LabelwiseError } from '../../errors.js';
import { formatBytes } from '../../files/format-bytes.js';
import { type CliIo, writeLine } from '../../local/io.js';
import { startRun } from '../context.js';
import { addFormats, baseCommand, modelCommand } from '../options.js';
import { RECOMMENDED_MODEL } from '../recommend.js';
import { paint } from '../render/paint.js';
import { formatOf, printRows } from '../render/rows.js';
import { toFlags } from '../to-flags.js';
import { quantizeCommand } from './quantize.js';
import { tuneCommand } from './tune.js';
import { verifyCommand } from './verify.js';

/** `labelwise models`: models on disk and on the hub. */
export function modelsCommand(io: CliIo) {
  return baseCommand('models')
    .description('list, show, download, check, quantise and remove models')
    .addCommand(listCommand(io))
    .addCommand(showCommand(io))
    .addCommand(pullCommand(io))
    .addCommand(quantizeCommand(io))
    .addCommand(tuneCommand(io))
    .addCommand(verifyCommand(io))
    .addCommand(removeCommand(io));
}

function listCommand(io: CliIo) {
  return addFormats(baseCommand('list'))
    .description('list the models on disk, or those that people recommend')
    .option('--known', 'recommended models on the hub: what each is good at, its size and speed')
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const { knownModelRows, modelRows } = await import('../../rows/model-rows.js');
      const out = { io, format: formatOf(flags) };
      if (flags.known) {
        const { listKnownModels } = await import('../../checkpoints/known-models.js');
        return await printRows(await listKnownModels(), out, knownModelRows);
      }
      const { listModels } = await import('../../checkpoints/list-models.js');
      await printRows(await listModels(run.workspace.settings.hub), out, modelRows);
      run.say('more: labelwise models pull openai/clip-vit-base-patch32');
    });
}

function showCommand(io: CliIo) {
  return modelCommand('show')
    .description('show details of a model')
    .argument('[model]', 'as for --model')
    .option('--json', 'print JSON')
    .action(async (model, flags) => {
      await using run = startRun({ ...flags, model: model ?? flags.model }, io);
      const { showModel } = await import('../../tasks/show-model.js');
      const shown = await showModel(run.workspace, run.options);
      run.clearBars();
      if (flags.json) {
        const inFlags = (key: string, value: unknown): unknown => (NAME_OPTIONS.includes(key) ? toFlags(String(value)) : value);
        return await writeLine(io.stdout, JSON.stringify(shown, inFlags, 2));
      }
      const { describeModel } = await import('../../tasks/describe-model.js');
      const bold = paint(io, 'bold', io.stdout);
      for (const [key, value] of describeModel(shown))
        await writeLine(io.stdout, `${bold(key.padEnd(13))} ${NAME_OPTIONS.includes(key) ? toFlags(value) : value}`);
    });
}

/** The facts whose text names options. */
const NAME_OPTIONS = ['runs', 'int8Copy', 'int8 copy', 'probability'];

function pullCommand(io: CliIo) {
  return modelCommand('pull')
    .description('download or update a model, and check its files')
    .argument('[model]', 'owner/name or owner/name@revision')
    .option('--recommended', `download ${RECOMMENDED_MODEL}, a full CLIP for everyday work`)
    .action(async (named, flags) => {
      if ((named === undefined) !== (flags.recommended === true))
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected either a model or --recommended.', {
          hint: 'For example: labelwise models pull --recommended',
        });
      const model = named ?? RECOMMENDED_MODEL;
      await using run = startRun({ ...flags, model }, io);
      const { openManifest } = await import('../../checkpoints/open-manifest.js');
      const manifest = await openManifest({ ...run.workspace.encoderOptions(), refresh: true });
      run.say(`${manifest.name} is complete (${manifest.dtype}, ${manifest.revision ?? manifest.source}) in ${manifest.folder}`);
      if (named === undefined) run.say(`use it with: --model ${model}`);
    });
}

function removeCommand(io: CliIo) {
  return baseCommand('remove')
    .description('remove a downloaded model from the cache')
    .argument('<model>', 'owner/name')
    .action(async (model, flags) => {
      await using run = startRun(flags, io);
      if (model === EMBEDDED_MODEL)
        throw new LabelwiseError('INVALID_ARGUMENT', 'The embedded model is part of the program and cannot be removed.');
      const { removeModel } = await import('../../checkpoints/list-models.js');
      run.say(`removed ${model}: ${formatBytes(await removeModel(model, run.workspace.settings.hub))} freed`);
    });
}
