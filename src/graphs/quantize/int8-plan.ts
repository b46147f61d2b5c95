import type { StoredTensor } from '../../checkpoints/safetensors/read-weights.js';
import { FLOAT_FORMAT } from '../formats/float-format.js';
import type { WeightFormat } from '../graph-builder.js';
import { type GraphBuilder, sliceTensor, type Value } from '../graph-builder.js';
import type { FilePlace } from '../onnx-schema.js';
import { INT8_FILE } from './int8-files.js';

/** What becomes of a tensor in the int8 file. */
export interface PlannedTensor {
  readonly source: StoredTensor;
  /**
   * `copy`: its bytes. `columns`: a matrix [out, in] as int8 [in, out] with a scale for each output. `rows`: a table [rows, width] as
   * int8 with a scale for each row.
   */
  readonly how: 'copy' | 'columns' | 'rows';
  readonly values: FilePlace;
  readonly scales?: FilePlace;
}

const ALIGNMENT = 64;

/** The int8 format with the list of what its file has to hold; the list grows as graphs are written. */
export interface Int8Plan {
  readonly format: WeightFormat;
  readonly tensors: readonly PlannedTensor[];
}

/**
 * Weights as int8, a scale for each output. Activations are quantised while it runs, each row by its own largest value: an embedding
 * never depends on what else is in its batch, as it does where one range is taken for all rows (ONNX Runtime's dynamic
 * quantisation), and costs 8 % more time than that. Projections to the embedding stay in float: they are 0.5 % of the weights, and
 * nothing behind them could even out their error.
 *
 * With `isDequantized`, the same bytes are in the same places, and the graph multiplies with the weights as float: OpenVINO knows that
 * pattern, keeps the weights as int8 and quantises activations by itself.
 */
export function createInt8Plan({ isDequantized = false } = {}): Int8Plan {
  const tensors: PlannedTensor[] = [];
  let end = 0;

  function reserve(length: number): FilePlace {
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    end = offset + length;
    return { file: INT8_FILE, offset, length };
  }

  /** Puts int8 values and their scales into the plan, and both as constants into the graph. */
  function quantized(
    b: GraphBuilder,
    key: string,
    source: StoredTensor,
    how: 'columns' | 'rows',
  ): { values: Value; scales: Value; zeros: Value } {
    const [rows = 0, width = 0] = source.shape;
    const [values, scales] = [reserve(rows * width), reserve(rows * 4)];
    tensors.push({ source, how, values, scales });
    return {
      values: b.constant(`${key}.int8`, 'int8', how === 'columns' ? [width, rows] : [rows, width], values),
      scales: b.constant(`${key}.scale`, 'float32', [rows], scales),
      zeros: how === 'columns' && !isDequantized ? b.constant(`zeros_${rows}`, 'int8', [rows], new Uint8Array(rows)) : '',
    };
  }

  const format: WeightFormat = {
    hiddenParts: () => 1,
    place(tensor) {
      const values = reserve(tensor.length);
      tensors.push({ source: tensor, how: 'copy', values });
      return values;
    },
    multiply(b, x, matrix) {
      const { name, from, to, part } = matrix;
      if (matrix.isProjection || matrix.isTransposed) return FLOAT_FORMAT.multiply(b, x, matrix);
      const tensor = b.find(name, [to * (part?.of ?? 1), from]);
      if (!tensor) return x;
      const weight = quantized(b, part ? `${name}[${part.index}]` : name, part ? sliceTensor(tensor, part) : tensor, 'columns');
      if (isDequantized) return b.node('MatMul', [x, b.node('DequantizeLinear', [weight.values, weight.scales], { axis: 1 })]);
      const { rows, peak } = quantizeRows(b, x);
      const product = b.node('MatMulIntegerToFloat', [
        rows,
        weight.values,
        b.floats([1 / 127], []),
        weight.scales,
        zeroPoint(b),
        weight.zeros,
      ]);
      return b.node('Mul', [product, peak]);
    },
    gather(b, table, ids, shape) {
      const tensor = b.find(table, shape);
      if (!tensor) return ids;
      const { values, scales } = quantized(b, table, tensor, 'rows');
      const rows = b.toFloat(b.node('Gather', [values, ids], { axis: 0 }));
      return b.node('Mul', [rows, b.node('Unsqueeze', [b.node('Gather', [scales, ids], { axis: 0 }), b.integers([-1])])]);
    },
  };
  return { format, tensors };
}

const zeroPoint = (b: GraphBuilder): Value => b.constant('zero_point', 'uint8', [], Uint8Array.of(128));
const quantizedRows = new WeakMap<GraphBuilder, Map<Value, { rows: Value; peak: Value }>>();

/** x [rows, width] as uint8 around 128, each row divided by its largest magnitude `peak` [rows, 1]; queries, keys and values share it. */
function quantizeRows(b: GraphBuilder, x: Value): { rows: Value; peak: Value } {
  const known = quantizedRows.get(b) ?? new Map<Value, { rows: Value; peak: Value }>();
  quantizedRows.set(b, known);
  const found = known.get(x);
  if (found) return found;
  const largest = b.node('ReduceMax', [b.node('Abs', [x])], { axes: [-1], keepdims: 1 });
  const peak = b.node('Max', [largest, b.floats([1e-12], [])]); // a row of zeros stays one
  const made = { rows: b.node('QuantizeLinear', [b.node('Div', [x, peak]), b.floats([1 / 127], []), zeroPoint(b)]), peak };
  known.set(x, made);
  return made;
}
