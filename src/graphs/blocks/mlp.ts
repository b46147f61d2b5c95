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
  /** Whether weights may be left unpacked when the session opens. */
  readonly isUnpacked?: boolean;
}

/**
 * The two projections after an attention. x: [rows, width] -> [rows, width]
 *
 * The weights of image towers are cut in parts where that is faster. Cutting takes time when a session opens: a fifth of a text tower's, and most of
 * that of a tower whose weights are not packed, which are read as stacks of parts instead.
 */
export function mlp(b: GraphBuilder, x: Value, names: MlpNames, shape: MlpShape): Value {
  const { width, hidden, epsilon } = shape;
  const isCut = b.name === 'image' && names.mlpNorm === undefined && names.up.part === undefined;
  const parts = isCut ? b.format.hiddenParts(hidden) : 1;
  if (parts > 1 && !shape.isUnpacked) return mlpInParts(b, x, names, shape, parts);
  if (parts === 2 && b.format.isUnpacked && names.gate === undefined) return mlpInStack(b, x, names, shape);
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

/**
 * The same in two parts at once, without cutting: the weights in their places are read as if they were stacked. The sums of both parts are added by a
 * product, which takes half of ReduceSum's time and adds the same two numbers.
 */
function mlpInStack(b: GraphBuilder, x: Value, { up, down }: MlpNames, { width, hidden, activation: name }: MlpShape): Value {
  const inner = hidden / 2;
  const raised = b.node('FusedMatMul', [x, b.view(up.weight, [hidden, width], [2, inner, width])], { transB: 1 });
  const biased = up.bias === undefined ? raised : b.node('Add', [raised, b.view(up.bias, [hidden], [2, 1, inner])]);
  const stacked = b.view(down.weight, [width, hidden], [width, 2, inner]);
  const parts = b.node('FusedMatMul', [activation(b, biased, name), stacked], { transB: 1, transBatchB: 1 }); // [2, rows, width]
  const sum = b.node('MatMul', [b.floats([1, 1], [1, 2]), b.node('Reshape', [parts, b.integers([2, -1])])]);
  const rows = b.node('Reshape', [sum, b.integers([-1, width])]);
  return down.bias === undefined ? rows : b.node('Add', [rows, b.weight(down.bias, [width])]);
}
