import { writeOutput } from '../../files/open-output.js';
import { resolveOutput } from '../../files/resolve-output.js';
import { showInput } from '../../files/show-path.js';
import { findImages } from '../../ingest/find-images.js';
import type { InspectedPrompt } from '../../tasks/inspect.js';
import { startRun } from '../context.js';
import { findOptionsOf } from '../find-options.js';
import { type CliIo, writeLine } from '../io.js';
import { addFormats, baseCommand, modelCommand } from '../options.js';
import { formatOf, printRows } from '../render/rows.js';
import { renderThumbnail, showsPictures } from '../render/thumbnail.js';

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
      await printRows<InspectedPrompt>(
        rows,
        { io, format: formatOf(flags) },
        {
          csvHeader: ['prompt', 'inputIds', 'tokens', 'decoded', 'attentionMask'],
          csv: (row) => [[row.prompt, row.inputIds.join(' '), row.tokens.join(' '), row.decoded, row.attentionMask.join(' ')]],
          json: ({ maxLength: _, ...row }) => row,
          human: (row) => [
            `prompt     ${JSON.stringify(row.prompt)}`,
            `tokens     ${row.tokens.join(' ')}`,
            `token ids  ${row.inputIds.join(' ')}`,
            `mask       ${row.attentionMask.join(' ')}`,
            `decoded    ${JSON.stringify(row.decoded)}`,
            `shape      [1, ${row.inputIds.length}], at most ${row.maxLength} tokens`,
          ],
        },
      );
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
        await printRows(
          [{ path, width, height, inputShape: [1, 3, seen.height, seen.width] }],
          { io, format },
          {
            csvHeader: ['path', 'width', 'height', 'inputShape'],
            csv: (row) => [[row.path, row.width, row.height, row.inputShape.join(' ')]],
            human: (row) => [
              `${showInput(row.path)}  ${row.width} x ${row.height} pixels, passed to the model as [${row.inputShape.join(', ')}]`,
            ],
          },
        );
      }
      if (flags.saveInput !== undefined) run.say(`saved: ${flags.saveInput}`);
    });
}
