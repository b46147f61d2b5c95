import type { GraphBuilder, Value } from '../graph-builder.js';
import type { Tokens } from './encoder-layer.js';

export interface TokenNames {
  readonly token: string;
  readonly position: string;
  /** A learned token [width] that comes after those of the text. */
  readonly appended?: string | undefined;
}

/** Token ids to vectors, with their positions added. ids: [batch, length] -> [batch * length, width] */
export function tokenEmbedding(
  b: GraphBuilder,
  ids: Value,
  names: TokenNames,
  shape: { vocabulary: number; positions: number; width: number; firstPosition?: number },
): Tokens {
  const { vocabulary, positions, width, firstPosition = 0 } = shape;
  let embedded = b.format.gather(b, names.token, ids, [vocabulary, width]); // [batch, length, width]
  if (names.appended) {
    const batch = b.node('Concat', [b.node('Shape', [ids], { start: 0, end: 1 }), b.integers([1, width])], { axis: 0 });
    embedded = b.node('Concat', [embedded, b.node('Expand', [b.weight(names.appended, [width]), batch])], { axis: 1 });
  }
  const length = b.node('Shape', [embedded], { start: 1, end: 2 });
  const first = b.integers([firstPosition]);
  const end = firstPosition === 0 ? length : b.node('Add', [length, first]);
  const places = b.node('Slice', [b.weight(names.position, [positions, width]), first, end, b.integers([0])]);
  const summed = b.node('Add', [embedded, places]);
  return { rows: b.node('Reshape', [summed, b.integers([-1, width])]), shape: b.node('Shape', [summed]) };
}
