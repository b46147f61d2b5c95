import { EMBEDDED_MODEL } from '../../checkpoints/checkpoint-folder.js';
import { LabelwiseError } from '../../errors.js';
import { formatBytes } from '../../files/format-bytes.js';
import { startRun } from '../context.js';
import { type CliIo, writeLine } from '../io.js';
import { addFormats, baseCommand, modelCommand } from '../options.js';
import { RECOMMENDED_MODEL } from '../recommend.js';
import { paint } from '../render/paint.js';
import { createRowWriter, formatOf } from '../render/rows.js';
import { toFlags } from '../to-flags.js';
import { quantizeCommand } from './quantize.js';
import { tuneCommand } from './tune.js';

/** `labelwise models`: models on disk and on the hub. */
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
    .description('list the models on disk')
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
