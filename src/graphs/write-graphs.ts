import type { Manifest } from '../checkpoints/manifest.js';
import type { Weights } from '../checkpoints/safetensors/read-weights.js';
import { LabelwiseError } from '../errors.js';
import type { DualEncoderGraphs } from './families/family.js';
import { readerOf } from './families/readers.js';
import { FLOAT_FORMAT } from './formats/float-format.js';
import type { WeightFormat } from './graph-builder.js';
import { GraphBuilder } from './graph-builder.js';
import type { GraphFiles } from './graph-files.js';

/** Tensors that no tower computes with: the logits' scale and bias, buffers of old transformers, and counts of training. */
const ASIDE = /^(?:clip\.)?logit_(?:scale|bias)$|\.num_batches_tracked$|\.position_ids$|^(?:text\.)?attn_mask$/;

/** Writes the graphs of a checkpoint by its family. @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` */
export async function writeFamily(
  source: Pick<Manifest, 'name' | 'modelType' | 'config'>,
  weights: Weights,
  format?: WeightFormat,
): Promise<GraphFiles> {
  const read = await readerOf(source.modelType);
  if (!read)
    throw new LabelwiseError('CHECKPOINT_UNSUPPORTED', `${source.name} is of the family "${source.modelType}", which has no graph writer.`);
  return writeGraphs(source.name, read(source.config), weights, format);
}

/**
 * Writes the graphs of a dual encoder and holds its tensors against them.
 *
 * @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` with the tensors that are missing, of another shape, or left over
 */
export function writeGraphs(name: string, graphs: DualEncoderGraphs, weights: Weights, format: WeightFormat = FLOAT_FORMAT): GraphFiles {
  const [image, text] = [new GraphBuilder('image', weights, format), new GraphBuilder('text', weights, format)];
  graphs.writeImageTower(image);
  graphs.writeTextTower(text);
  const missing = [...image.mismatch.missing, ...text.mismatch.missing];
  const misshapen = [...image.mismatch.misshapen, ...text.mismatch.misshapen];
  const leftOver = [...weights.keys()].filter(
    (tensor) => !image.used.has(tensor) && !text.used.has(tensor) && !ASIDE.test(tensor) && !graphs.aside?.test(tensor),
  );
  const faults = [describe('missing', missing), describe('of another shape', misshapen), describe('left over', leftOver)].filter(Boolean);
  if (faults.length > 0) {
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `The tensors of ${name} are not those of the model that its configuration names: ${faults.join('; ')}.`,
      {
        hint: 'It is another architecture than its configuration says, or only a part of one. If it has an ONNX export, `onnx` runs that.',
      },
    );
  }
  return { image: image.finish(), text: text.finish() };
}

function describe(what: string, names: readonly string[]): string {
  const unique = [...new Set(names)];
  if (unique.length === 0) return '';
  const more = unique.length > 8 ? `, and ${unique.length - 8} more` : '';
  return `${what}: ${unique.slice(0, 8).join(', ')}${more}`;
}
