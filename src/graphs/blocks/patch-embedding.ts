import type { GraphBuilder, Value } from '../graph-builder.js';
import type { Tokens } from './encoder-layer.js';

export interface PatchShape {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly width: number;
}

export interface PatchNames {
  readonly patch: string;
  readonly patchBias?: string;
  /** The class token that goes before the patches, where there is one: [width]. */
  readonly classToken?: string;
  readonly position: string;
}

/** Cuts images into patches and embeds them (Dosovitskiy et al., 2020). pixels: [batch, 3, size, size] -> [batch * tokens, width] */
export function patchEmbedding(b: GraphBuilder, pixels: Value, names: PatchNames, { imageSize, patchSize, width }: PatchShape): Tokens {
  const patches = Math.floor(imageSize / patchSize) ** 2;
  const length = patches + (names.classToken ? 1 : 0);
  const kernel = [
    b.weight(names.patch, [width, 3, patchSize, patchSize]),
    ...(names.patchBias ? [b.weight(names.patchBias, [width])] : []),
  ];
  const grid = b.node('Conv', [pixels, ...kernel], { kernel_shape: [patchSize, patchSize], strides: [patchSize, patchSize] });
  const flat = b.node('Reshape', [grid, b.integers([0, width, patches])]);
  let embedded = b.node('Transpose', [flat], { perm: [0, 2, 1] }); // [batch, patches, width]
  if (names.classToken) {
    const batch = b.node('Shape', [pixels], { start: 0, end: 1 });
    const shape = b.node('Concat', [batch, b.integers([1, width])], { axis: 0 });
    embedded = b.node('Concat', [b.node('Expand', [b.weight(names.classToken, [width]), shape]), embedded], { axis: 1 });
  }
  const positioned = b.node('Add', [embedded, b.weight(names.position, [length, width])]);
  return { rows: b.node('Reshape', [positioned, b.integers([-1, width])]), shape: b.integers([-1, length, width]) };
}
