import type { GraphBuilder, Value } from '../graph-builder.js';
import { activation } from './activation.js';
import type { Tokens } from './encoder-layer.js';
import { layerNorm } from './layer-norm.js';

/** What a convolutional tower computes with: [batch, channels, size, size]. */
export interface FeatureMap {
  readonly value: Value;
  readonly channels: number;
  readonly size: number;
}

/** The places of a map as rows [batch * size * size, channels]. */
export function mapToTokens(b: GraphBuilder, { value, channels, size }: FeatureMap): Tokens {
  const last = b.node('Transpose', [value], { perm: [0, 2, 3, 1] });
  return { rows: b.node('Reshape', [last, b.integers([-1, channels])]), shape: b.integers([-1, size * size, channels]) };
}

/** Rows back as a map of the same size. */
export function rowsToMap(b: GraphBuilder, rows: Value, { channels, size }: FeatureMap): FeatureMap {
  const last = b.node('Reshape', [rows, b.integers([-1, size, size, channels])]);
  return { value: b.node('Transpose', [last], { perm: [0, 3, 1, 2] }), channels, size };
}

/** Normalises the channels of each place: timm's LayerNorm2d. */
export function channelNorm(b: GraphBuilder, map: FeatureMap, prefix: string, epsilon: number): FeatureMap {
  const last = b.node('Transpose', [map.value], { perm: [0, 2, 3, 1] });
  const normed = layerNorm(b, last, prefix, map.channels, epsilon);
  return { ...map, value: b.node('Transpose', [normed], { perm: [0, 3, 1, 2] }) };
}

export const gelu = (b: GraphBuilder, map: FeatureMap): FeatureMap => ({ ...map, value: activation(b, map.value, 'gelu') });

/** The mean of all places -> [batch, channels] */
export function averagePool(b: GraphBuilder, { value, channels }: FeatureMap): Value {
  return b.node('Reshape', [b.node('GlobalAveragePool', [value]), b.integers([-1, channels])]);
}
