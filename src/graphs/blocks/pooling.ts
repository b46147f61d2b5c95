import type { GraphBuilder, Value } from '../graph-builder.js';
import { ONNX_TYPES } from '../onnx-schema.js';
import type { Picker, Tokens } from './encoder-layer.js';

/** The token at a fixed place: 0 is the class token, -1 the last. */
export function pickAt(b: GraphBuilder, place: number, width: number): Picker {
  const picked = (tokens: Tokens): Value =>
    b.node('Gather', [b.node('Reshape', [tokens.rows, tokens.shape]), b.integers([place], [])], { axis: 1 });
  return { pick: (tokens) => ({ rows: picked(tokens), shape: b.integers([-1, 1, width]) }) };
}

/** The last two tokens, of which `lastOfTwo` keeps the second: where weights are not packed, no product may have one row alone (see `twice`). */
export function pickLastTwo(b: GraphBuilder, width: number): Picker {
  const picked = (tokens: Tokens): Value =>
    b.node('Slice', [b.node('Reshape', [tokens.rows, tokens.shape]), b.integers([-2]), b.integers([1_000_000]), b.integers([1])]);
  return {
    pick: (tokens) => ({ rows: b.node('Reshape', [picked(tokens), b.integers([-1, width])]), shape: b.integers([-1, 2, width]) }),
  };
}

/** rows: [batch * 2, width] -> [batch, width] */
export function lastOfTwo(b: GraphBuilder, rows: Value, width: number): Value {
  return b.node('Gather', [b.node('Reshape', [rows, b.integers([-1, 2, width])]), b.integers([1], [])], { axis: 1 });
}

/**
 * All rows, and the same again. ONNX Runtime multiplies one row by a kernel of its own where weights are not packed, which adds in another order: an
 * image's embedding would depend on whether it was alone. rows: [n, width] -> [2 n, width]
 */
export const twice = (b: GraphBuilder, rows: Value): Value => b.node('Concat', [rows, rows], { axis: 0 });

/** rows: [2 n, width] -> [n, width] */
export const firstHalf = (b: GraphBuilder, rows: Value): Value => b.nodes('Split', [rows], { axis: 0 }, 2)[0] as Value;

/**
 * The end token of each text: the first with its id, or the highest id (what models do whose config says eos_token_id 2, as OpenAI's
 * do). Under a causal mask it sees itself and what is before it.
 */
export function pickEnd(b: GraphBuilder, ids: Value, endId: number | 'highest', width: number): Picker {
  const toInt32 = (value: Value): Value => b.node('Cast', [value], { to: ONNX_TYPES.int32 });
  const marks = toInt32(endId === 'highest' ? ids : b.node('Equal', [ids, b.integers([endId], [])]));
  const place = b.node('ArgMax', [marks], { axis: 1, keepdims: 1 }); // [batch, 1]
  const length = b.node('Add', [place, b.integers([1], [])]);
  const keys = toInt32(b.node('Reshape', [length, b.integers([-1])]));
  return {
    pick: (tokens) => ({
      rows: b.node('GatherND', [b.node('Reshape', [tokens.rows, tokens.shape]), place], { batch_dims: 1 }),
      shape: b.integers([-1, 1, width]),
    }),
    mask: { keys },
  };
}

/** The mean of an image's tokens without the class token, which is the first. -> [batch, width] */
export function meanOfPatches(b: GraphBuilder, tokens: Tokens): Value {
  const patches = b.node('Slice', [
    b.node('Reshape', [tokens.rows, tokens.shape]),
    b.integers([1]),
    b.integers([1_000_000]),
    b.integers([1]),
  ]);
  return meanOfTokens(b, patches);
}

/**
 * The mean of each image's or text's tokens, as the mean of a picture of one line: ReduceMean adds in an order that depends on how many images there
 * are, also where a Transpose comes before it, because ONNX Runtime takes the two together. [batch, tokens, width] -> [batch, width]
 */
export function meanOfTokens(b: GraphBuilder, tokens: Value): Value {
  const mean = b.node('GlobalAveragePool', [b.node('Transpose', [tokens], { perm: [0, 2, 1] })]); // [batch, width, 1]
  return b.node('Squeeze', [mean, b.integers([2])]);
}

/** How many tokens of each text are no padding, which stands at the end. mask: [batch, length] -> [batch], int32 */
export function countTokens(b: GraphBuilder, mask: Value): Value {
  return b.node('Cast', [b.node('ReduceSum', [mask, b.integers([1])], { keepdims: 0 })], { to: ONNX_TYPES.int32 });
}

/** The mean of each text's tokens, padding left out. tokens: [batch * length, width]; mask: [batch, length] -> [batch, width] */
export function meanOverTokens(b: GraphBuilder, tokens: Tokens, mask: Value): Value {
  const weights = b.toFloat(b.node('Unsqueeze', [mask, b.integers([-1])])); // [batch, length, 1]
  const kept = b.node('Mul', [b.node('Reshape', [tokens.rows, tokens.shape]), weights]);
  return b.node('Div', [meanOfTokens(b, kept), meanOfTokens(b, weights)]);
}
