import type { GraphBuilder, Value } from '../graph-builder.js';

/** x: [rows, width], divided by its root mean square along the last axis (Zhang and Sennrich, 2019) */
export function rmsNorm(b: GraphBuilder, x: Value, weight: string, width: number, epsilon: number): Value {
  const mean = b.node('ReduceMean', [b.node('Mul', [x, x])], { axes: [-1], keepdims: 1 });
  const root = b.node('Sqrt', [b.node('Add', [mean, b.floats([epsilon], [])])]);
  return b.node('Mul', [b.node('Div', [x, root]), b.weight(weight, [width])]);
}
