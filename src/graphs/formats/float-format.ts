import { weightOf } from '../blocks/linear.js';
import type { GraphBuilder, Value, WeightFormat } from '../graph-builder.js';

/**
 * Weights as the checkpoint stores them, in its own files. FusedMatMul takes torch's [out, in] without a transposed copy; with a
 * separate bias it measured 3 % faster than Gemm.
 */
export const FLOAT_FORMAT: WeightFormat = {
  place: ({ file, offset, length }) => ({ file, offset, length }),
  hiddenParts: (hidden) => PARTS.find((parts) => hidden % parts === 0 && ((4 * hidden) / parts) % CACHE_WAY !== 0) ?? 1,
  multiply(b, x, { name, from, to, isTransposed, part, columns }) {
    if (isTransposed) return b.node('MatMul', [x, b.weight(name, [from, to])]);
    if (columns)
      return b.node('FusedMatMul', [x, columnsOf(b, b.weight(name, [to, from * columns.of]), from, columns.index)], { transB: 1 });
    const weight = weightOf(b, { weight: name, ...(part && { part }) }, from, to);
    return b.node('FusedMatMul', [x, weight], { transB: 1 });
  },
  gather(b, table, ids, shape) {
    const rows = b.node('Gather', [b.stored(table, shape), ids], { axis: 0 });
    return b.isSixteenBit(table) ? b.toFloat(rows) : rows; // row by row, so that a 16-bit table stays small
  },
};

/** The same for sessions that do not pack weights. */
export const UNPACKED_FORMAT: WeightFormat = { ...FLOAT_FORMAT, isUnpacked: true };

const PARTS = [1, 2, 4, 8];

/**
 * Bytes of one way of a usual first-level cache. ONNX Runtime multiplies twelve rows at a time: where their distance is a multiple of this,
 * they share one set of eight lines and push each other out, which costs a tenth of the product's time (measured with rows of 3072 floats).
 */
const CACHE_WAY = 4096;

/** Columns of a constant, cut out when the session loads. */
function columnsOf(b: GraphBuilder, weight: Value, width: number, index: number): Value {
  return b.node('Slice', [weight, b.integers([index * width]), b.integers([(index + 1) * width]), b.integers([1])]);
}
