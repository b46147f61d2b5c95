import { writeOutput } from '../../files/open-output.js';
import { resolveOutput } from '../../files/resolve-output.js';
import { findImages } from '../../ingest/find-images.js';
import { type CliIo, writeLine } from '../../local/io.js';
import { imageRows, promptRows } from '../../rows/inspected-rows.js';
import { renderThumbnail } from '../../rows/terminal-picture.js';
import { startRun } from '../context.js';
import { findOptionsOf } from '../find-options.js';
import { addFormats, baseCommand, modelCommand } from '../options.js';
import { showsPictures } from '../render/paint.js';
import { formatOf, printRows } from '../render/rows.js';

/** `labelwise inspect`: what the model is given. Nothing is encoded. */
export function inspectCommand(io: CliIo) {
  return baseCommand('inspect').description('show the input of the model').addCommand(promptCommand(io)).addCommand(imageCommand(io));
}

function promptCommand(io: CliIo) {
  return addFormats(modelCommand('prompt'))
    .description('show the tokens of a prompt')
    .argument('<prompts...>', 'texts, used without a template')
    .action(async (prompts, flags) => {
      await using run = startRun(flags, io);
      const { inspectPrompts } = await import('../../tasks/inspect.js');
      const rows = await inspectPrompts(run.workspace, prompts, run.options);
      await printRows(rows, { io, format: formatOf(flags) }, promptRows);
    });
}

function imageCommand(io: CliIo) {
  return addFormats(modelCommand('image'))
    .description('show the part of an image that the model sees')
    .argument('<image>', 'a file, or - for stdin')
    .option('--save-input <file>', 'save the resized and cropped picture as PNG, before normalisation')
    .action(async (image, flags) => {
      await using run = startRun(flags, io);
      const { inspectImage, toPng } = await import('../../tasks/inspect.js');
      for await (const { path, source, error } of findImages([image], findOptionsOf(run))) {
        if (error) throw error;
        const { seen, width, height } = await inspectImage(run.workspace, source, run.options);
        if (flags.saveInput !== undefined)
          await writeOutput(
            resolveOutput(io.cwd, flags.saveInput, 'saveInput'),
            await toPng(seen),
            'choose another place with --save-input',
          );
        const format = formatOf(flags);
        if (showsPictures(io) && format === 'human') for (const line of renderThumbnail(seen, 56)) await writeLine(io.stdout, line);
        await printRows([{ path, width, height, inputShape: [1, 3, seen.height, seen.width] }], { io, format }, imageRows);
      }
      if (flags.saveInput !== undefined) run.say(`saved: ${flags.saveInput}`);
    });
}
