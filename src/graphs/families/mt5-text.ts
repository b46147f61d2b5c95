import { type AttentionBias, attention, type QkvNames } from '../blocks/attention.js';
import type { Tokens } from '../blocks/encoder-layer.js';
import { linear } from '../blocks/linear.js';
import { mlp } from '../blocks/mlp.js';
import { countTokens, pickAt } from '../blocks/pooling.js';
import { rmsNorm } from '../blocks/rms-norm.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import type { HfTextRequest, HfTextTower } from './hf-text-tower.js';

const ROOT = 'text.transformer';
const HEAD_WIDTH = 64; // of every published mT5
const EPSILON = 1e-6;
const [BUCKETS, FARTHEST] = [32, 128]; // of distances, and where the last bucket begins

/** The encoder of mT5 within OpenCLIP (Xue et al., 2021). Sizes are those of the tensors. */
export function writeMt5Text(b: GraphBuilder, { isMean, maxLength }: HfTextRequest): HfTextTower {
  const at = (layer: number, part: number): string => `${ROOT}.block.${layer}.layer.${part}`;
  const [vocabulary = 1, width = HEAD_WIDTH] = b.shapeOf(`${ROOT}.embed_tokens.weight`);
  const [inner = HEAD_WIDTH] = b.shapeOf(`${at(0, 0)}.SelfAttention.q.weight`);
  const [hidden = 1] = b.shapeOf(`${at(0, 1)}.DenseReluDense.wi_0.weight`);
  const layers = b.countLayers((layer) => `${at(layer, 1)}.DenseReluDense.wo.weight`);
  const shape = { width: inner, keyWidth: width, queryWidth: width, heads: Math.max(1, Math.floor(inner / HEAD_WIDTH)) };
  const ids = b.input('input_ids', 'int64', ['batch', 'length']);
  const mask = b.input('attention_mask', 'int64', ['batch', 'length']);
  const embedded = b.format.gather(b, `${ROOT}.embed_tokens.weight`, ids, [vocabulary, width]);
  const projected = b.node('Concat', [b.node('Shape', [ids]), b.integers([inner])], { axis: 0 });
  const bias = distanceBias(b, `${at(0, 0)}.SelfAttention.relative_attention_bias.weight`, ids, { heads: shape.heads, maxLength });
  const keys = countTokens(b, mask);
  let rows = b.node('Reshape', [embedded, b.integers([-1, width])]);
  for (let layer = 0; layer < layers; layer++) {
    const [attentionAt, mlpAt] = [at(layer, 0), `${at(layer, 1)}.DenseReluDense`];
    const normed = rmsNorm(b, rows, `${attentionAt}.layer_norm.weight`, width, EPSILON);
    const looked = { queries: normed, keys: normed, queryShape: projected, keyShape: projected };
    const mixed = attention(b, looked, qkvNames(attentionAt), shape, { mask: { keys }, bias });
    rows = b.node('Add', [rows, linear(b, mixed, { weight: `${attentionAt}.SelfAttention.o.weight` }, inner, width)]);
    const names = {
      gate: { weight: `${mlpAt}.wi_0.weight` },
      up: { weight: `${mlpAt}.wi_1.weight` },
      down: { weight: `${mlpAt}.wo.weight` },
    };
    const middle = rmsNorm(b, rows, `${at(layer, 1)}.layer_norm.weight`, width, EPSILON);
    rows = b.node('Add', [rows, mlp(b, middle, names, { width, hidden, activation: 'gelu_new', epsilon: EPSILON })]);
  }
  const last: Tokens = { rows: rmsNorm(b, rows, `${ROOT}.final_layer_norm.weight`, width, EPSILON), shape: b.node('Shape', [embedded]) };
  return { last: isMean ? last : pickAt(b, 0, width).pick(last), mask, width };
}

function qkvNames(at: string): QkvNames {
  const projection = (name: string) => ({ weight: `${at}.SelfAttention.${name}.weight` });
  return { query: projection('q'), key: projection('k'), value: projection('v') };
}

/** A learned number for each head and each distance between two tokens; mT5 does not scale its products. -> [1, heads, length, length] */
function distanceBias(
  b: GraphBuilder,
  table: string,
  ids: Value,
  { heads, maxLength }: { readonly heads: number; readonly maxLength: number },
): AttentionBias {
  const buckets = Int32Array.from({ length: maxLength ** 2 }, (_, i) => bucketOf((i % maxLength) - Math.floor(i / maxLength)));
  const all = b.constant('distances', 'int32', [maxLength, maxLength], new Uint8Array(buckets.buffer));
  const values = b.node('Transpose', [b.node('Gather', [b.weight(table, [BUCKETS, heads]), all], { axis: 0 })], { perm: [2, 0, 1] });
  const length = b.node('Shape', [ids], { start: 1, end: 2 });
  const ends = b.node('Concat', [length, length], { axis: 0 });
  const used = b.node('Slice', [values, b.integers([0, 0]), ends, b.integers([1, 2])]);
  return { added: b.node('Unsqueeze', [used, b.integers([0])]), scale: 1 };
}

/** Near distances have a bucket each, farther ones share them by their logarithm; later tokens have the other half (Raffel et al., 2020). */
export function bucketOf(distance: number): number {
  const half = BUCKETS / 2;
  const exact = half / 2;
  const far = Math.abs(distance);
  const logarithmic = exact + Math.trunc(Math.fround(Math.fround(Math.log(far / exact)) / Math.log(FARTHEST / exact)) * (half - exact));
  return (distance > 0 ? half : 0) + (far < exact ? far : Math.min(half - 1, logarithmic));
}
