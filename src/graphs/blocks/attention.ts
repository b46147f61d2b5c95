import { LabelwiseError } from '../../errors.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { biasOf, fusedPart, type LinearNames, linearProduct } from './linear.js';

export interface AttentionShape {
  readonly width: number;
  readonly heads: number;
  /** The width of what is looked at, where it differs. */
  readonly keyWidth?: number;
  /** The width of what looks, where it differs. */
  readonly queryWidth?: number;
}

/** What is added to the products of queries and keys [1, heads, n, m], and what they are multiplied by first. */
export interface AttentionBias {
  readonly added: Value;
  readonly scale: number;
}

/** Projections of queries, keys and values; each may lack a bias. */
export interface QkvNames {
  readonly query: LinearNames;
  readonly key: LinearNames;
  readonly value: LinearNames;
}

/** All three fused in one weight [3 width, width], and one bias [3 width] where there is one, in the order in which torch fuses them. */
export function fusedQkv(weight: string, bias?: string): QkvNames {
  const names = (index: number): LinearNames => fusedPart({ weight, ...(bias === undefined ? {} : { bias }) }, { index, of: 3 });
  return { query: names(0), key: names(1), value: names(2) };
}

/** Which keys a query may look at. */
export interface AttentionMask {
  /** Only those at its place and before. */
  readonly isCausal?: boolean;
  /** Only the first of each text: [batch], int32; or those that are marked with 1: [batch, m], int32. */
  readonly keys?: Value;
}

/** Cosines and sines [positions, head width / 2] by which neighbouring pairs of each head are turned (Su et al., 2021). */
export interface Rotation {
  /** [1, positions], int64: 0, 1, 2 ... */
  readonly places: Value;
  readonly cosines: Value;
  readonly sines: Value;
  /** Whether the queries are turned as well: a class token alone is not. */
  readonly turnsQueries: boolean;
}

/** Rows [batch * n, queryWidth] that look, those [batch * m, keyWidth] that are looked at, and the shapes [batch, n or m, width] of their projections. */
export interface AttentionRows {
  readonly queries: Value;
  readonly keys: Value;
  readonly queryShape: Value;
  readonly keyShape: Value;
}

export interface AttentionOptions {
  readonly mask?: AttentionMask | undefined;
  readonly rotation?: Rotation | undefined;
  readonly bias?: AttentionBias | undefined;
}

/** Multi-head attention (Vaswani et al., 2017) without its output projection. -> [batch * n, width] */
export function attention(
  b: GraphBuilder,
  rows: AttentionRows,
  names: QkvNames,
  { width, heads, keyWidth = width, queryWidth = width }: AttentionShape,
  { mask = {}, rotation, bias: added }: AttentionOptions = {},
): Value {
  assertHeads(width, heads);
  const bias = (part: LinearNames): Value => biasOf(b, part, width) ?? zeros(b, width);
  const turned = (x: Value, part: LinearNames): Value => {
    if (!rotation) return x;
    const biased = part.bias === undefined ? x : b.node('Add', [x, bias(part)]); // before the turn, so that the operator cannot add it
    if (part === names.value || (part === names.query && !rotation.turnsQueries)) return biased;
    // The place of every token is written out: OpenVINO takes the short form, where the first place alone is given, for one place of all.
    const places = b.node('Expand', [rotation.places, b.node('Shape', [biased], { end: 2 })]); // [batch, n]
    return b.node('RotaryEmbedding', [biased, places, rotation.cosines, rotation.sines], { interleaved: 1 });
  };
  const query = turned(b.node('Reshape', [linearProduct(b, rows.queries, names.query, queryWidth, width), rows.queryShape]), names.query);
  const key = turned(b.node('Reshape', [linearProduct(b, rows.keys, names.key, keyWidth, width), rows.keyShape]), names.key);
  const value = turned(b.node('Reshape', [linearProduct(b, rows.keys, names.value, keyWidth, width), rows.keyShape]), names.value);
  const parts = [names.query, names.key, names.value];
  const isBiased = !rotation && parts.some((part) => part.bias !== undefined);
  const biases = isBiased ? b.node('Concat', parts.map(bias), { axis: 0 }) : ''; // folded at load; the operator adds it while it splits the heads
  const mixed = b.node('MultiHeadAttention', [query, key, value, biases, mask.keys ?? '', ...(added ? [added.added] : [])], {
    num_heads: heads,
    unidirectional: mask.isCausal ? 1 : 0,
    ...(added ? { scale: { float: added.scale } } : {}),
  });
  return b.node('Reshape', [mixed, b.integers([-1, width])]);
}

const zeros = (b: GraphBuilder, width: number): Value => b.constant(`zeros_f32_${width}`, 'float32', [width], new Uint8Array(4 * width));

/** @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` */
export function assertHeads(width: number, heads: number): void {
  if (width % heads === 0) return;
  throw new LabelwiseError('CHECKPOINT_UNSUPPORTED', `Expected a width that its heads divide, got ${width} and ${heads} heads.`);
}
