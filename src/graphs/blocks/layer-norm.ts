import type { GraphBuilder, Value } from '../graph-builder.js';

/** x: [rows, width], normalised along its last axis (Ba et al., 2016) */
export function layerNorm(b: GraphBuilder, x: Value, prefix: string, width: number, epsilon: number): Value {
  const [scale, bias] = [b.weight(`${prefix}.weight`, [width]), b.weight(`${prefix}.bias`, [width])];
  return b.node('LayerNormalization', [x, scale, bias], { axis: -1, epsilon: { float: epsilon } });
}
