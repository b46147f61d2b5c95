import { openManifest } from '../checkpoints/open-manifest.js';
import type { ImageSource } from '../core/ports.js';
import { loadTokenizer } from '../encoders/text/load-tokenizer.js';
import { paddedLength, padTokens } from '../encoders/text/pad-tokens.js';
import { loadSharp } from '../images/load-sharp.js';
import { seeImage } from '../images/prepare-image.js';
import { toImageLimits } from '../images/read-image.js';
import type { TaskOptions, Workspace } from './workspace.js';

export type SeenImage = Awaited<ReturnType<typeof seeImage>>;

/** What the text tower is given for a prompt. */
export interface InspectedPrompt {
  readonly prompt: string;
  readonly inputIds: readonly number[];
  readonly tokens: readonly string[];
  readonly decoded: string;
  readonly attentionMask: readonly number[];
  /** The most tokens that the model reads. */
  readonly maxLength: number;
}

/** The tokens of prompts, without a template. A prompt that is cut gives a warning. */
export async function inspectPrompts(
  workspace: Workspace,
  prompts: readonly string[],
  { onWarning = workspace.warn }: TaskOptions = {},
): Promise<InspectedPrompt[]> {
  const manifest = await openManifest(workspace.encoderOptions());
  const tokenizer = await loadTokenizer(manifest.text);
  const { rules } = tokenizer;
  return prompts.map((prompt) => {
    const { ids, cutTokens } = tokenizer.tokenize(prompt);
    if (cutTokens > 0)
      onWarning(`the prompt is longer than the model's limit of ${rules.maxLength} tokens: the last ${cutTokens} are ignored.`);
    const { inputIds, attentionMask } = padTokens(ids, paddedLength([ids], rules), rules);
    return {
      prompt,
      inputIds,
      tokens: tokenizer.tokensOf(inputIds),
      decoded: tokenizer.decode(ids),
      attentionMask,
      maxLength: rules.maxLength,
    };
  });
}

/** The part of an image that the model sees, resized and cropped, before normalisation; `width` and `height` are those of the whole image. */
export async function inspectImage(workspace: Workspace, image: ImageSource, { signal }: TaskOptions = {}): Promise<SeenImage> {
  const { imageTransform } = await openManifest(workspace.encoderOptions());
  return seeImage(image, imageTransform, toImageLimits(workspace.settings.limits), signal);
}

/** What the model sees of an image, as PNG. */
export async function toPng({ data, width, height }: SeenImage['seen']): Promise<Uint8Array> {
  const sharp = loadSharp();
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
