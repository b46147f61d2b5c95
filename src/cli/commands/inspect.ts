import type { Manifest } from '../../checkpoints/manifest.js';
import { writeOutput } from '../../files/open-output.js';
import { resolveOutput } from '../../files/resolve-output.js';
import { showInput } from '../../files/show-path.js';
import { loadSharp } from '../../images/load-sharp.js';
import { findImages } from '../../ingest/find-images.js';
import { type Run, startRun } from '../context.js';
import { findOptionsOf } from '../find-options.js';
import type { CliIo } from '../io.js';
import { addFormats, baseCommand, modelCommand } from '../options.js';
import { createRowWriter, formatOf } from '../render/rows.js';
import { renderThumbnail, showsPictures } from '../render/thumbnail.js';

/** `labelwise inspect`: what the model is given. Nothing is encoded. */
export function inspectCommand(io: CliIo) {
  return baseCommand('inspect').description('show the input of the model').addCommand(inspectPrompt(io)).addCommand(inspectImage(io));
}

function inspectPrompt(io: CliIo) {
  return addFormats(modelCommand('prompt'))
    .description('show the tokens of a prompt')
    .argument('<prompts...>', 'texts, used without a template')
    .action(async (prompts, flags) => {
      await using run = startRun(flags, io);
      const manifest = await openManifest(run);
      const { loadTokenizer } = await import('../../encoders/text/load-tokenizer.js');
      const { paddedLength, padTokens } = await import('../../encoders/text/pad-tokens.js');
      const tokenizer = await loadTokenizer(manifest.text);
      const { rules } = tokenizer;
      const writer = createRowWriter<ReturnType<typeof toRow>>(io, formatOf(flags), {
        csvHeader: ['prompt', 'inputIds', 'tokens', 'decoded', 'attentionMask'],
        csv: (row) => [[row.prompt, row.inputIds.join(' '), row.tokens.join(' '), row.decoded, row.attentionMask.join(' ')]],
        human: (row) => [
          `prompt     ${JSON.stringify(row.prompt)}`,
          `tokens     ${row.tokens.join(' ')}`,
          `token ids  ${row.inputIds.join(' ')}`,
          `mask       ${row.attentionMask.join(' ')}`,
          `decoded    ${JSON.stringify(row.decoded)}`,
          `shape      [1, ${row.inputIds.length}], at most ${rules.maxLength} tokens`,
        ],
      });
      const toRow = (prompt: string) => {
        const { ids, cutTokens } = tokenizer.tokenize(prompt);
        if (cutTokens > 0)
          run.warn(`the prompt is longer than the model's limit of ${rules.maxLength} tokens: the last ${cutTokens} are ignored.`);
        const { inputIds, attentionMask } = padTokens(ids, paddedLength([ids], rules), rules);
        return { prompt, inputIds, tokens: tokenizer.tokensOf(inputIds), decoded: tokenizer.decode(ids), attentionMask };
      };
      for (const prompt of prompts) await writer.write(toRow(prompt));
      await writer.end();
    });
}

function inspectImage(io: CliIo) {
  return addFormats(modelCommand('image'))
    .description('show the part of an image that the model sees')
    .argument('<image>', 'a file, or - for stdin')
    .option('--save-input <file>', 'save the resized and cropped picture as PNG, before normalisation')
    .action(async (image, flags) => {
      await using run = startRun(flags, io);
      const manifest = await openManifest(run);
      const { seeImage } = await import('../../images/prepare-image.js');
      const { limits } = findOptionsOf(run);
      const writer = createRowWriter<{ path: string; width: number; height: number; inputShape: number[]; lines: string[] }>(
        io,
        formatOf(flags),
        {
          csvHeader: ['path', 'width', 'height', 'inputShape'],
          csv: (row) => [[row.path, row.width, row.height, row.inputShape.join(' ')]],
          human: (row) => [
            ...row.lines,
            `${showInput(row.path)}  ${row.width} x ${row.height} pixels, passed to the model as [${row.inputShape.join(', ')}]`,
          ],
        },
      );
      for await (const found of findImages([image], findOptionsOf(run))) {
        if (found.error) throw found.error;
        const { seen, width, height } = await seeImage(found.source, manifest.imageTransform, limits, io.signal);
        if (flags.saveInput !== undefined) await savePng(resolveOutput(io.cwd, flags.saveInput, 'saveInput'), seen);
        const lines = showsPictures(io) && formatOf(flags) === 'human' ? renderThumbnail(seen, 56) : [];
        await writer.write(withHidden({ path: found.path, width, height, inputShape: [1, 3, seen.height, seen.width] }, lines));
      }
      await writer.end();
      if (flags.saveInput !== undefined) run.say(`saved: ${flags.saveInput}`);
    });
}

/** The picture's lines are for people and stay out of JSON. */
function withHidden<T extends object>(row: T, lines: string[]): T & { lines: string[] } {
  return Object.defineProperty(row, 'lines', { value: lines, enumerable: false }) as T & { lines: string[] };
}

async function openManifest(run: Run): Promise<Manifest> {
  const { openManifest: open } = await import('../../checkpoints/open-manifest.js');
  return open(run.workspace.encoderOptions());
}

async function savePng(path: string, seen: { data: Uint8Array; width: number; height: number }): Promise<void> {
  const sharp = loadSharp();
  const png = await sharp(seen.data, { raw: { width: seen.width, height: seen.height, channels: 3 } })
    .png()
    .toBuffer();
  await writeOutput(path, png, 'choose another place with --save-input');
}
