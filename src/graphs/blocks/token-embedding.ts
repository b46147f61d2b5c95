import type { GraphBuilder, Value } from '../graph-builder.js';
import type { Tokens } from './encoder-layer.js';

export interface TokenNames {
  readonly token: string;
  readonly position: string;
}

/** Token ids to vectors, with their positions added. ids: [batch, length] -> [batch * length, width] */
export function tokenEmbedding(
  b: GraphBuilder,
  ids: Value,
  names: TokenNames,
  shape: { vocabulary: number; positions: number; width: number; firstPosition?: number },
): Tokens {
  const { vocabulary, positions, width, firstPosition = 0 } = shape;
  const length = b.node('Shape', [ids], { start: 1, end: 2 });
  const first = b.integers([firstPosition]);
  const end = firstPosition === 0 ? length : b.node('Add', [length, first]);
  const places = b.node('Slice', [b.weight(names.position, [positions, width]), first, end, b.integers([0])]);
  const summed = b.node('Add', [b.format.gather(b, names.token, ids, [vocabulary, width]), places]); // [batch, length, width]
  return { rows: b.node('Reshape', [summed, b.integers([-1, width])]), shape: b.node('Shape', [summed]) };
}
