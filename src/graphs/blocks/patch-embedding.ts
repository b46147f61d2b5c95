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

export interface PatchNames {
  readonly patch: string;
  readonly patchBias?: string;
  /** The class token that goes before the patches, where there is one: [width]. */
  readonly classToken?: string;
  readonly position: string;
}

/** Cuts images into patches and embeds them (Dosovitskiy et al., 2020). pixels: [batch, 3, size, size] -> [batch * tokens, width] */
export function patchEmbedding(b: GraphBuilder, pixels: Value, names: PatchNames, shape: PatchShape): Tokens {
  const { imageSize, patchSize, width, isAnySize } = shape;
  const side = Math.floor(imageSize / patchSize);
  const first = names.classToken ? 1 : 0;
  const length = side ** 2 + first;
  const kernel = [
    b.weight(names.patch, [width, 3, patchSize, patchSize]),
    ...(names.patchBias ? [b.weight(names.patchBias, [width])] : []),
  ];
  const grid = b.node('Conv', [pixels, ...kernel], { kernel_shape: [patchSize, patchSize], strides: [patchSize, patchSize] });
  const flat = b.node('Reshape', [grid, b.integers([0, width, isAnySize ? -1 : side ** 2])]);
  let embedded = b.node('Transpose', [flat], { perm: [0, 2, 1] }); // [batch, patches, width]
  if (names.classToken) {
    const batch = b.node('Shape', [pixels], { start: 0, end: 1 });
    const shape = b.node('Concat', [batch, b.integers([1, width])], { axis: 0 });
    embedded = b.node('Concat', [b.node('Expand', [b.weight(names.classToken, [width]), shape]), embedded], { axis: 1 });
  }
  const stored = b.weight(names.position, [length, width]);
  const positions = isAnySize ? resizeCubic(b, stored, gridOf(b, grid), { first, side, width }) : stored;
  const positioned = b.node('Add', [embedded, positions]);
  const rows = b.node('Reshape', [positioned, b.integers([-1, width])]);
  return { rows, shape: isAnySize ? b.node('Shape', [positioned]) : b.integers([-1, length, width]) };
}
