import { z } from 'zod';
import { LabelwiseError } from '../errors.js';
import { readJsonIfThere } from '../files/json-file.js';
import { type ImageTransform, parseImageTransform } from '../images/image-transform.js';
import { modelTypeOf } from './families.js';
import { PROCESSOR_FILES } from './model-files.js';
import { openClipPreprocess } from './open-clip-config.js';

/** transformers' image processors by the family of the model, for files that name no class. */
const CLASS_OF_FAMILY: Readonly<Record<string, string>> = {
  ...{ siglip: 'SiglipImageProcessor', siglip2: 'Siglip2ImageProcessor', chinese_clip: 'ChineseCLIPImageProcessor' },
  ...{ align: 'EfficientNetImageProcessor', clipseg: 'ViTImageProcessor' },
};

const naflexSchema = z.object({ vision_config: z.object({ patch_size: z.number().optional() }).optional() });

/** Reads how a checkpoint prepares images. @throws LabelwiseError `CHECKPOINT_INCOMPLETE`, `CHECKPOINT_DAMAGED` or `CHECKPOINT_UNSUPPORTED` */
export async function readImageTransform(folder: string, config: unknown): Promise<ImageTransform> {
  const { json, file } = await readProcessor(folder);
  const { image_processor_type: type, feature_extractor_type: olderType } = json as {
    image_processor_type?: unknown;
    feature_extractor_type?: unknown;
  };
  if (type === 'JinaCLIPImageProcessor') {
    const { size, ...rest } = json as { size?: number };
    return parseImageTransform(openClipPreprocess(rest, size ?? 224, file), file);
  }
  const named = type ?? olderType ?? CLASS_OF_FAMILY[modelTypeOf(config) ?? ''];
  const transform = parseImageTransform(named === undefined ? json : { ...(json as object), image_processor_type: named }, file);
  if (modelTypeOf(config) === 'siglip2') refuseOtherPatches(transform, config, file);
  return transform;
}

/** A picture of any shape is cut by the processor and embedded by the model: where they disagree, transformers fails. */
function refuseOtherPatches({ resize }: ImageTransform, config: unknown, file: string): void {
  const size = naflexSchema.safeParse(config).data?.vision_config?.patch_size ?? 16;
  if (resize?.kind === 'patches' && resize.patchSize === size) return;
  throw new LabelwiseError(
    'CHECKPOINT_UNSUPPORTED',
    `Expected ${file} to cut pictures into patches of ${size} x ${size}, as config.json says, got ${JSON.stringify(resize ?? null)}.`,
    { hint: 'Compare both files with those in the repository on the hub.' },
  );
}

async function readProcessor(folder: string): Promise<{ json: object; file: string }> {
  for (const file of PROCESSOR_FILES) {
    const content = await readJsonIfThere(folder, file);
    if (content === undefined) continue;
    const isWhole = file === 'preprocessor_config.json';
    const json = isWhole ? content : nested(content);
    if (isWhole || json !== undefined) return { json: asObject(json, file), file: isWhole ? file : `${file}: image_processor` };
  }
  throw new LabelwiseError(
    'CHECKPOINT_INCOMPLETE',
    `${folder} lacks preprocessor_config.json, and its processor_config.json does not describe images.`,
    {
      hint: 'Download the file from the repository on the hub.',
    },
  );
}

const nested = (content: unknown): unknown =>
  typeof content === 'object' && content !== null && 'image_processor' in content ? content.image_processor : undefined;

function asObject(json: unknown, file: string): object {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json;
  throw new LabelwiseError('CHECKPOINT_DAMAGED', `Expected ${file} to hold a JSON object.`, {
    hint: 'Compare the file with the one in the repository on the hub.',
  });
}
