import type { GraphBuilder, Value } from '../graph-builder.js';
import { ONNX_TYPES } from '../onnx-schema.js';

/** The rows and columns of patches of a picture: [1] each. */
export interface PatchGrid {
  readonly rows: Value;
  readonly columns: Value;
}

/** The grid of a map [batch, channels, rows, columns]. */
export const gridOf = (b: GraphBuilder, map: Value): PatchGrid => ({
  rows: b.node('Shape', [map], { start: 2, end: 3 }),
  columns: b.node('Shape', [map], { start: 3, end: 4 }),
});

/** The grid of images [batch, channels, height, width] that are cut into patches. */
export function patchGrid(b: GraphBuilder, pixels: Value, patchSize: number): PatchGrid {
  const { rows, columns } = gridOf(b, pixels);
  const cut = (side: Value): Value => b.node('Div', [side, b.integers([patchSize])]);
  return { rows: cut(rows), columns: cut(columns) };
}

/**
 * Position embeddings resized to another grid as torch's bicubic interpolation does, without antialiasing; the `first` of them belong to
 * no patch and stay. stored: [first + side * side, width] -> [first + rows * columns, width]
 */
export function resizeCubic(
  b: GraphBuilder,
  stored: Value,
  { rows, columns }: PatchGrid,
  { first, side, width }: { readonly first: number; readonly side: number; readonly width: number },
): Value {
  const [start, end, axis] = [b.integers([first]), b.integers([first + side ** 2]), b.integers([0])];
  const square = b.node('Reshape', [b.node('Slice', [stored, start, end, axis]), b.integers([1, side, side, width])]);
  const sizes = b.node('Concat', [b.integers([1, width]), rows, columns], { axis: 0 });
  const how = { mode: 'cubic', coordinate_transformation_mode: 'half_pixel', cubic_coeff_a: { float: -0.75 } };
  const resized = b.node('Resize', [b.node('Transpose', [square], { perm: [0, 3, 1, 2] }), '', '', sizes], how);
  const flat = b.node('Reshape', [b.node('Transpose', [resized], { perm: [0, 2, 3, 1] }), b.integers([-1, width])]);
  return first === 0 ? flat : b.node('Concat', [b.node('Slice', [stored, axis, start, axis]), flat], { axis: 0 });
}

/**
 * Position embeddings resized to another grid as torch's antialiased bilinear interpolation does: resizing is linear, so that it is a product
 * with the weights of the rows and one with those of the columns. stored: [side * side, width] -> [rows * columns, width]
 */
export function resizeLinear(b: GraphBuilder, stored: Value, grid: PatchGrid, { side, width }: { side: number; width: number }): Value {
  const byRows = b.node('MatMul', [axisWeights(b, grid.rows, side), b.node('Reshape', [stored, b.integers([side, side * width])])]);
  const cut = b.node('Reshape', [byRows, b.integers([-1, side, width])]); // [rows, side, width]
  return b.node('Reshape', [b.node('MatMul', [axisWeights(b, grid.columns, side), cut]), b.integers([-1, width])]);
}

/** How much of each of `side` places the places of an axis take. count: [1] -> [count, side] */
function axisWeights(b: GraphBuilder, count: Value, side: number): Value {
  const one = b.floats([1], [1]);
  const half = b.floats([0.5], [1]);
  const scale = b.node('Div', [b.floats([side], [1]), b.toFloat(count)]);
  const support = b.node('Max', [scale, one]);
  const [zero, step] = [b.integers([0], []), b.integers([1], [])];
  const places = b.toFloat(b.node('Range', [zero, b.node('Squeeze', [count]), step]));
  const centers = b.node('Sub', [b.node('Mul', [b.node('Add', [places, half]), scale]), half]);
  const sources = b.node('Cast', [b.integers(Array.from({ length: side }, (_, i) => i))], { to: ONNX_TYPES.float32 });
  const distances = b.node('Abs', [b.node('Sub', [sources, b.node('Unsqueeze', [centers, b.integers([1])])])]);
  const weights = b.node('Relu', [b.node('Sub', [one, b.node('Div', [distances, support])])]);
  return b.node('Div', [weights, b.node('ReduceSum', [weights, b.integers([1])], { keepdims: 1 })]);
}
