import type { GraphBuilder, Value } from '../graph-builder.js';
import { activation } from './activation.js';
import { layerNorm } from './layer-norm.js';
import { fusedPart, type LinearNames, linear } from './linear.js';

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
  /** Whether weights are not packed when the session opens. */
  readonly isUnpacked?: boolean;
}

/**
 * The two projections after an attention. x: [rows, width] -> [rows, width]
 *
 * The weights of image towers are cut in parts where that is faster. Cutting takes time when a session opens: a fifth of a text tower's, and most of
 * that of a tower whose weights are not packed.
 */
export function mlp(b: GraphBuilder, x: Value, names: MlpNames, shape: MlpShape): Value {
  const { width, hidden, epsilon } = shape;
  const isCut = b.name === 'image' && !shape.isUnpacked && names.mlpNorm === undefined && names.up.part === undefined;
  const parts = isCut ? b.format.hiddenParts(hidden) : 1;
  if (parts > 1) return mlpInParts(b, x, names, shape, parts);
  const active = between(b, x, names, shape);
  const normed = names.mlpNorm === undefined ? active : layerNorm(b, active, names.mlpNorm, hidden, epsilon);
  return linear(b, normed, names.down, hidden, width);
}

/** What the first projection gives, activated, and gated where the model has a gate. -> [rows, hidden] */
function between(b: GraphBuilder, x: Value, { up, gate }: MlpNames, { width, hidden, activation: name }: MlpShape): Value {
  const raised = linear(b, x, up, width, hidden);
  return gate ? b.node('Mul', [activation(b, linear(b, x, gate, width, hidden), name), raised]) : activation(b, raised, name);
}

/** The inner width in equal parts: the sum of what each adds. */
function mlpInParts(b: GraphBuilder, x: Value, { up, down, gate }: MlpNames, shape: MlpShape, of: number): Value {
  const { bias, ...product } = down;
  const inner = { ...shape, hidden: shape.hidden / of };
  const added = Array.from({ length: of }, (_, index) => {
    const part = { index, of };
    const names = { up: fusedPart(up, part), down, ...(gate ? { gate: fusedPart(gate, part) } : {}) };
    return linear(b, between(b, x, names, inner), { ...product, columns: part }, inner.hidden, shape.width);
  });
  const sum = added.reduce((all, part) => b.node('Add', [all, part]));
  return bias === undefined ? sum : b.node('Add', [sum, b.weight(bias, [shape.width])]);
}
