import type { GraphBuilder, Value } from '../graph-builder.js';
import { activation } from './activation.js';
import { layerNorm } from './layer-norm.js';
import { type LinearNames, linear } from './linear.js';

export interface MlpNames {
  readonly up: LinearNames;
  readonly down: LinearNames;
  /** SwiGLU: `up` is multiplied by the activation of this (Shazeer, 2020). */
  readonly gate?: LinearNames;
  /** Normalises what is between both projections. */
  readonly mlpNorm?: string;
}

export interface MlpShape {
  readonly width: number;
  readonly hidden: number;
  readonly activation: string;
  readonly epsilon: number;
}

/** The two projections after an attention. x: [rows, width] -> [rows, width] */
export function mlp(b: GraphBuilder, x: Value, names: MlpNames, { width, hidden, activation: name, epsilon }: MlpShape): Value {
  const up = linear(b, x, names.up, width, hidden);
  const active = names.gate ? b.node('Mul', [activation(b, linear(b, x, names.gate, width, hidden), name), up]) : activation(b, up, name);
  const normed = names.mlpNorm === undefined ? active : layerNorm(b, active, names.mlpNorm, hidden, epsilon);
  return linear(b, normed, names.down, hidden, width);
}
