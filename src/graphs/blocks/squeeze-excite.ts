import type { GraphBuilder } from '../graph-builder.js';
import { convolve, storedKernel } from './convolution.js';
import type { FeatureMap } from './feature-map.js';

/** Weighs channels by what the whole map shows (Hu et al., 2018). */
export function squeezeExcite(b: GraphBuilder, map: FeatureMap, at: string): FeatureMap {
  const { channels } = map;
  const [middle = 1] = b.shapeOf(`${at}.fc1.weight`);
  const squeezed = { value: b.node('GlobalAveragePool', [map.value]), channels, size: 1 };
  const [down, up] = [
    { from: channels, to: middle, kernel: 1 },
    { from: middle, to: channels, kernel: 1 },
  ];
  const reduced = convolve(b, squeezed, storedKernel(b, `${at}.fc1`, down), down);
  const active = { ...reduced, value: b.node('Relu', [reduced.value]) };
  const gate = b.node('Sigmoid', [convolve(b, active, storedKernel(b, `${at}.fc2`, up), up).value]);
  return { ...map, value: b.node('Mul', [map.value, gate]) };
}
