import type { GraphBuilder, Value } from '../graph-builder.js';
import { activation } from './activation.js';
import { type AttentionMask, type AttentionShape, attention, type QkvNames } from './attention.js';
import { layerNorm } from './layer-norm.js';
import { type LinearNames, linear } from './linear.js';

/** The shape of a transformer's layers. */
export interface EncoderShape extends AttentionShape {
  readonly layers: number;
  readonly hidden: number;
  readonly activation: string;
  readonly epsilon: number;
}

/** Where a layer's tensors are. */
export interface LayerNames {
  readonly norm1: string;
  readonly qkv: QkvNames;
  readonly out: LinearNames;
  readonly norm2: string;
  readonly up: LinearNames;
  readonly down: LinearNames;
  /** Learned factors [width] of what attention and the MLP add, where a model has them (Touvron et al., 2021). */
  readonly attentionScale?: string;
  readonly mlpScale?: string;
}

/** Keeps one token of each row of the batch. */
export interface Picker {
  readonly pick: (tokens: Tokens) => Tokens;
  /** What the picked query may look at. */
  readonly mask?: AttentionMask;
}

/** Hidden states: rows [batch * length, width] with the shape [batch, length, width] that they stand for. */
export interface Tokens {
  readonly rows: Value;
  readonly shape: Value;
}

/**
 * A transformer encoder that normalises before each block, as all CLIP towers do. With a `picker`, the last layer computes the picked
 * tokens alone: nothing else of it is read (exact, and a twelfth of the work of 12 layers saved). Without a `finalNorm`, the caller normalises.
 */
export function encoder(
  b: GraphBuilder,
  tokens: Tokens,
  namesOf: (layer: number) => LayerNames,
  shape: EncoderShape,
  options: { readonly finalNorm?: string | undefined; readonly mask?: AttentionMask; readonly picker?: Picker | undefined },
): Tokens {
  const { width, hidden, epsilon } = shape;
  const scaled = (x: Value, name: string | undefined): Value => (name === undefined ? x : b.node('Mul', [x, b.weight(name, [width])]));
  let residual = tokens;
  let normed = layerNorm(b, tokens.rows, namesOf(0).norm1, width, epsilon);
  for (let layer = 0; layer < shape.layers; layer++) {
    const names = namesOf(layer);
    const isLast = layer === shape.layers - 1;
    const keys = { rows: normed, shape: residual.shape };
    const picker = isLast ? options.picker : undefined;
    const queries = picker ? picker.pick(keys) : keys;
    if (picker) residual = picker.pick(residual);
    const mixed = attention(
      b,
      { queries: queries.rows, keys: keys.rows },
      { queries: queries.shape, keys: keys.shape },
      names.qkv,
      shape,
      picker ? picker.mask : options.mask,
    );
    const middle = b.node('Add', [residual.rows, scaled(linear(b, mixed, names.out, width, width), names.attentionScale)]);
    const up = linear(b, layerNorm(b, middle, names.norm2, width, epsilon), names.up, width, hidden);
    const down = scaled(linear(b, activation(b, up, shape.activation), names.down, hidden, width), names.mlpScale);
    residual = { rows: b.node('Add', [middle, down]), shape: residual.shape };
    const norm = isLast ? options.finalNorm : namesOf(layer + 1).norm1;
    normed = norm === undefined ? residual.rows : layerNorm(b, residual.rows, norm, width, epsilon);
  }
  return { rows: normed, shape: residual.shape };
}
