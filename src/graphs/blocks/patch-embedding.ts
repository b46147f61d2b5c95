import type { GraphBuilder, Value } from '../graph-builder.js';
import type { Tokens } from './encoder-layer.js';
import { gridOf, type PatchGrid, resizeCubic } from './position-grid.js';

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
  const side = Math.floor(imageSize / patchSize);
  const how = { patches: side ** 2, width };
  const kernel = b.weight(names.patch, [width, 3, patchSize, patchSize]);
  const bias = names.patchBias ? b.weight(names.patchBias, [width]) : undefined;
  if (!isAnySize && imageSize % patchSize === 0)
    return toTokens(
      b,
      embedPatches(b, pixels, { kernel, bias }, { patchSize, width, grid: b.integers([0, 3, side, patchSize, side, patchSize]) }),
      names,
      how,
    );
  const map = b.node('Conv', [pixels, kernel, bias ?? ''], { kernel_shape: [patchSize, patchSize], strides: [patchSize, patchSize] });
  return toTokens(b, mapToPatches(b, map, width), names, isAnySize ? { ...how, grid: gridOf(b, map) } : how);
}

/**
 * The patches of images as rows of one product, which takes half the time of a convolution. kernel: [width, 3, patchSize, patchSize]; grid: the shape
 * [0, 3, rows, patchSize, columns, patchSize] -> [batch, patches, width]
 */
export function embedPatches(
  b: GraphBuilder,
  pixels: Value,
  { kernel, bias }: { readonly kernel: Value; readonly bias: Value | undefined },
  { patchSize, width, grid }: { readonly patchSize: number; readonly width: number; readonly grid: Value },
): Value {
  const pixelsOfOne = 3 * patchSize ** 2;
  const cut = b.node('Transpose', [b.node('Reshape', [pixels, grid])], { perm: [0, 2, 4, 1, 3, 5] });
  const product = b.node(
    'FusedMatMul',
    [b.node('Reshape', [cut, b.integers([-1, pixelsOfOne])]), b.node('Reshape', [kernel, b.integers([width, pixelsOfOne])])],
    { transB: 1 },
  );
  const batch = b.node('Concat', [b.node('Shape', [pixels], { start: 0, end: 1 }), b.integers([-1, width])], { axis: 0 });
  return b.node('Reshape', [bias === undefined ? product : b.node('Add', [product, bias]), batch]);
}

/** A map of features [batch, width, rows, columns] as [batch, rows * columns, width]. */
export function mapToPatches(b: GraphBuilder, map: Value, width: number): Value {
  return b.node('Transpose', [b.node('Reshape', [map, b.integers([0, width, -1])])], { perm: [0, 2, 1] });
}

/** Patches [batch, patches, width] as tokens, with the class token and the positions, resized where a `grid` is given. -> [batch * tokens, width] */
export function toTokens(
  b: GraphBuilder,
  embeddedPatches: Value,
  { classToken, position, isBatched = false, isClassUnplaced = false }: TokenTable,
  { patches, width, grid }: { readonly patches: number; readonly width: number; readonly grid?: PatchGrid },
): Tokens {
  const length = patches + (classToken ? 1 : 0);
  let embedded = embeddedPatches;
  const place = (x: Value, count: number): Value => {
    const stored = b.weight(position, isBatched ? [1, count, width] : [count, width]);
    const how = { first: count - patches, side: Math.sqrt(patches), width };
    return b.node('Add', [x, grid ? resizeCubic(b, stored, grid, how) : stored]);
  };
  if (isClassUnplaced) embedded = place(embedded, patches);
  if (classToken) {
    const batch = b.node('Shape', [embeddedPatches], { start: 0, end: 1 });
    const shape = b.node('Concat', [batch, b.integers([1, width])], { axis: 0 });
    const token = b.weight(classToken, isBatched ? [1, 1, width] : [width]);
    embedded = b.node('Concat', [b.node('Expand', [token, shape]), embedded], { axis: 1 });
  }
  if (!isClassUnplaced) embedded = place(embedded, length);
  const shape = grid ? b.node('Shape', [embedded]) : b.integers([-1, length, width]);
  return { rows: b.node('Reshape', [embedded, b.integers([-1, width])]), shape };
}
