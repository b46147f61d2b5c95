import type { GraphBuilder, Value } from '../graph-builder.js';
import { type AttentionMask, type AttentionShape, attention, type QkvNames, type Rotation } from './attention.js';
import { layerNorm } from './layer-norm.js';
import { type LinearNames, linear } from './linear.js';
import { type MlpNames, type MlpShape, mlp } from './mlp.js';

/** The shape of a transformer's layers. */
export interface EncoderShape extends AttentionShape, MlpShape {
  readonly layers: number;
}

/** Where a layer's tensors are. */
export interface LayerNames extends MlpNames {
  readonly norm1: string;
  readonly qkv: QkvNames;
  /** Normalises what the attention gives, before its output projection. */
  readonly attentionNorm?: string;
  readonly out: LinearNames;
  readonly norm2: string;
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

export interface EncoderOptions {
  /** Without it, the caller normalises. */
  readonly finalNorm?: string | undefined;
  readonly mask?: AttentionMask | undefined;
  readonly picker?: Picker | undefined;
  readonly rotation?: Omit<Rotation, 'turnsQueries'> | undefined;
}

/**
 * A transformer encoder that normalises before each block, as all CLIP towers do. With a `picker`, the last layer computes the picked
 * tokens alone: nothing else of it is read (exact, and a twelfth of the work of 12 layers saved).
 */
export function encoder(
  b: GraphBuilder,
  tokens: Tokens,
  namesOf: (layer: number) => LayerNames,
  shape: EncoderShape,
  options: EncoderOptions,
): Tokens {
  const { width, epsilon } = shape;
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
    const mixed = attend(b, { queries, keys }, names, shape, { ...options, picker });
    const middle = b.node('Add', [residual.rows, scaled(mixed, names.attentionScale)]);
    const down = scaled(mlp(b, layerNorm(b, middle, names.norm2, width, epsilon), names, shape), names.mlpScale);
    residual = { rows: b.node('Add', [middle, down]), shape: residual.shape };
    const norm = isLast ? options.finalNorm : namesOf(layer + 1).norm1;
    normed = norm === undefined ? residual.rows : layerNorm(b, residual.rows, norm, width, epsilon);
  }
  return { rows: normed, shape: residual.shape };
}

/** An attention of a layer with its output projection; `picker` says that the queries are what it picked. */
export function attend(
  b: GraphBuilder,
  { queries, keys }: { readonly queries: Tokens; readonly keys: Tokens },
  names: Pick<LayerNames, 'qkv' | 'attentionNorm' | 'out'>,
  shape: EncoderShape,
  { mask, picker, rotation }: EncoderOptions,
): Value {
  const rows = { queries: queries.rows, keys: keys.rows, queryShape: queries.shape, keyShape: keys.shape };
  const mixed = attention(b, rows, names.qkv, shape, {
    mask: picker ? picker.mask : mask,
    rotation: rotation && { ...rotation, turnsQueries: picker === undefined },
  });
  const { width, epsilon } = shape;
  const normed = names.attentionNorm === undefined ? mixed : layerNorm(b, mixed, names.attentionNorm, width, epsilon);
  return linear(b, normed, names.out, width, width);
}
