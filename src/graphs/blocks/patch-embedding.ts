import type { GraphBuilder, Value } from '../graph-builder.js';
import type { Tokens } from './encoder-layer.js';
import { gridOf, resizeCubic } from './position-grid.js';

export interface PatchShape {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly width: number;
  /** Pictures of other sizes than `imageSize` too: their positions are resized. */
  readonly isAnySize?: boolean | undefined;
}

export interface TokenTable {
  /** The class token that goes before the patches, where there is one: [width]. */
  readonly classToken?: string | undefined;
  readonly position: string;
  /** timm keeps both with axes of 1 for the batch: [1, 1, width] and [1, length, width]. */
  readonly isBatched?: boolean;
  /** The class token has no position. */
  readonly isClassUnplaced?: boolean;
}

export interface PatchNames extends TokenTable {
  readonly patch: string;
  readonly patchBias?: string | undefined;
}

/** Cuts images into patches and embeds them (Dosovitskiy et al., 2020). pixels: [batch, 3, size, size] -> [batch * tokens, width] */
export function patchEmbedding(b: GraphBuilder, pixels: Value, names: PatchNames, shape: PatchShape): Tokens {
  const { imageSize, patchSize, width, isAnySize } = shape;
  const kernel = [
    b.weight(names.patch, [width, 3, patchSize, patchSize]),
    ...(names.patchBias ? [b.weight(names.patchBias, [width])] : []),
  ];
  const grid = b.node('Conv', [pixels, ...kernel], { kernel_shape: [patchSize, patchSize], strides: [patchSize, patchSize] });
  return toTokens(b, grid, names, { patches: Math.floor(imageSize / patchSize) ** 2, width, isAnySize });
}

/** A grid of features [batch, width, rows, columns] as tokens, with the class token and the positions. -> [batch * tokens, width] */
export function toTokens(
  b: GraphBuilder,
  grid: Value,
  { classToken, position, isBatched = false, isClassUnplaced = false }: TokenTable,
  { patches, width, isAnySize }: { readonly patches: number; readonly width: number; readonly isAnySize?: boolean | undefined },
): Tokens {
  const length = patches + (classToken ? 1 : 0);
  const flat = b.node('Reshape', [grid, b.integers([0, width, isAnySize ? -1 : patches])]);
  let embedded = b.node('Transpose', [flat], { perm: [0, 2, 1] }); // [batch, patches, width]
  const place = (x: Value, count: number): Value => {
    const stored = b.weight(position, isBatched ? [1, count, width] : [count, width]);
    const how = { first: count - patches, side: Math.sqrt(patches), width };
    return b.node('Add', [x, isAnySize ? resizeCubic(b, stored, gridOf(b, grid), how) : stored]);
  };
  if (isClassUnplaced) embedded = place(embedded, patches);
  if (classToken) {
    const batch = b.node('Shape', [flat], { start: 0, end: 1 });
    const shape = b.node('Concat', [batch, b.integers([1, width])], { axis: 0 });
    const token = b.weight(classToken, isBatched ? [1, 1, width] : [width]);
    embedded = b.node('Concat', [b.node('Expand', [token, shape]), embedded], { axis: 1 });
  }
  if (!isClassUnplaced) embedded = place(embedded, length);
  const shape = isAnySize ? b.node('Shape', [embedded]) : b.integers([-1, length, width]);
  return { rows: b.node('Reshape', [embedded, b.integers([-1, width])]), shape };
}
