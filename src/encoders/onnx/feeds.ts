import type { TextRules } from '../../checkpoints/text-rules.js';
import { LabelwiseError } from '../../errors.js';
import type { TensorMessage } from '../engines/protocol.js';
import { paddedLength, padTokens } from '../text/pad-tokens.js';
import type { Signature } from './signature.js';
import { toFloatTensor, toIntTensor } from './tensors.js';

/**
 * The feeds of a text batch, padded as the checkpoint wants it. A graph without a mask cannot tell padding from text, so it
 * gets the length that it was trained with. ids: [batch][tokens]
 */
export function toTextFeeds(ids: readonly (readonly number[])[], rules: TextRules, signature: Signature): Record<string, TensorMessage> {
  const { types, fixedTextLength } = signature;
  if (fixedTextLength !== undefined && rules.padding === 'max' && rules.maxLength < fixedTextLength)
    throw shorterTexts(rules.maxLength, fixedTextLength);
  const length = fixedTextLength ?? paddedLength(ids, types.attention_mask === undefined ? { ...rules, padding: 'max' } : rules);
  const padded = ids.map((row) => padTokens(row, length, rules));
  const feeds: Record<string, TensorMessage> = {
    input_ids: toIntTensor(
      padded.map((row) => row.inputIds),
      types.input_ids ?? 'int64',
    ),
  };
  if (types.attention_mask)
    feeds.attention_mask = toIntTensor(
      padded.map((row) => row.attentionMask),
      types.attention_mask,
    );
  if (types.token_type_ids)
    feeds.token_type_ids = toIntTensor(
      padded.map((row) => row.inputIds.map(() => 0)),
      types.token_type_ids,
    );
  return feeds;
}

/** Such a tower reads its embedding at the last token: texts padded to fewer tokens have other embeddings. */
const shorterTexts = (allowed: number, needed: number): LabelwiseError =>
  new LabelwiseError(
    'CHECKPOINT_UNSUPPORTED',
    `Expected texts padded to ${needed} tokens, which the text tower always takes, got ${allowed} by model_max_length in tokenizer_config.json or max_length in tokenizer.json.`,
    { hint: 'Compare both files with those in the repository on the hub.' },
  );

/** The feeds of an image batch; all images have the same size. pixels: [batch, 3, height, width] */
export function toImageFeeds(
  pixels: Float32Array<ArrayBuffer>,
  dims: readonly number[],
  signature: Signature,
): Record<string, TensorMessage> {
  const { types, patches } = signature;
  const toFloats = (values: Float32Array<ArrayBuffer>, shape: readonly number[]): TensorMessage =>
    toFloatTensor(values, shape, types.pixel_values ?? 'float32');
  if (patches === undefined) return { pixel_values: toFloats(pixels, dims) };
  const [batch, , height, width] = dims as [number, number, number, number];
  const { side } = patches;
  const grid = [height / side, width / side] as const;
  const count = grid[0] * grid[1];
  const length = patches.fixedCount ?? count;
  if (!grid.every(Number.isInteger) || count > length)
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `Expected pictures of at most ${length} patches of ${side} x ${side}, got ${width} x ${height}.`,
      {
        hint: 'The image processor of this checkpoint is not that of its ONNX files.',
      },
    );
  const feeds = { pixel_values: toFloats(toPatches(pixels, dims, { side, length }), [batch, length, side ** 2 * 3]) };
  const spatialShapes = toIntTensor(Array<readonly number[]>(batch).fill(grid), types.spatial_shapes ?? 'int64');
  if (!types.pixel_attention_mask) return { ...feeds, spatial_shapes: spatialShapes };
  const row = Array.from({ length }, (_, i) => (i < count ? 1 : 0));
  const mask = toIntTensor(Array<number[]>(batch).fill(row), types.pixel_attention_mask);
  return { ...feeds, spatial_shapes: spatialShapes, pixel_attention_mask: mask };
}

/** Pictures cut into patches: rows, columns, then colours of each; zeros follow. [batch, 3, height, width] -> [batch, length, side * side * 3] */
function toPatches(
  pixels: Float32Array,
  dims: readonly number[],
  { side, length }: { readonly side: number; readonly length: number },
): Float32Array<ArrayBuffer> {
  const [batch, , height, width] = dims as [number, number, number, number];
  const each = length * side ** 2 * 3;
  const patches = new Float32Array(batch * each);
  for (let image = 0; image < batch; image++) {
    let to = image * each;
    for (let top = 0; top < height; top += side)
      for (let left = 0; left < width; left += side)
        for (let y = top; y < top + side; y++)
          for (let x = left; x < left + side; x++)
            for (let colour = 0; colour < 3; colour++) patches[to++] = pixels[((image * 3 + colour) * height + y) * width + x] as number;
  }
  return patches;
}
