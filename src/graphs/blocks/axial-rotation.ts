import type { GraphBuilder } from '../graph-builder.js';
import type { Rotation } from './attention.js';

export interface AxialShape {
  /** Patches along each side of the image. */
  readonly grid: number;
  /** The side that the model was trained on first: places are scaled to it. */
  readonly reference: number;
  /** Where places begin. */
  readonly offset: number;
  readonly headWidth: number;
  /** A class token, which is not turned, comes before the patches. */
  readonly hasClassToken: boolean;
  /** The first half of a head is turned by the column, not by the row. */
  readonly isColumnFirst: boolean;
}

const TEMPERATURE = 10_000;

/** Rotary positions along two axes, as timm's "cat" kind has them: a half of each head's pairs belongs to either axis (Fang et al., 2023). */
export function axialRotation(b: GraphBuilder, shape: AxialShape): Omit<Rotation, 'turnsQueries'> {
  const { grid, reference, offset, headWidth, hasClassToken, isColumnFirst } = shape;
  const bands = Array.from({ length: headWidth / 4 }, (_, i) => Math.fround(TEMPERATURE ** -(i / (headWidth / 4))));
  const angles: number[] = hasClassToken ? Array(headWidth / 2).fill(0) : [];
  for (let row = 0; row < grid; row++)
    for (let column = 0; column < grid; column++)
      for (const place of isColumnFirst ? [column, row] : [row, column])
        for (const band of bands) angles.push(Math.fround(((place + offset) / grid) * reference * band));
  const dims = [angles.length / (headWidth / 2), headWidth / 2];
  const table = (name: string, of: (angle: number) => number) =>
    b.constant(name, 'float32', dims, new Uint8Array(Float32Array.from(angles, of).buffer));
  const [length = 0] = dims;
  const order = BigInt64Array.from({ length }, (_, place) => BigInt(place));
  const places = b.constant('rotation_places', 'int64', [1, length], new Uint8Array(order.buffer));
  return { places, cosines: table('rotation_cosines', Math.cos), sines: table('rotation_sines', Math.sin) };
}
