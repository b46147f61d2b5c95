import { z } from 'zod';
import { LabelwiseError } from '../../errors.js';
import { attention } from '../blocks/attention.js';
import { averageSquares, convolveNormed } from '../blocks/convolution.js';
import { averagePool, type FeatureMap, mapToTokens } from '../blocks/feature-map.js';
import { linear, linearNames } from '../blocks/linear.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { count, imageSize, size } from './hf-names.js';

/** vision_cfg whose `layers` are the depths of four stages. */
export const RESNET_SCHEMA = z.object({
  layers: z.tuple([count, count, count, count]),
  width: size.default(768),
  head_width: size.default(64),
  image_size: imageSize,
});

const EXPANSION = 4;

/** OpenAI's ResNet: a stem of three convolutions, average pools in place of strides, and attention that pools (Radford et al., 2021). */
export function writeModifiedResNet(b: GraphBuilder, vision: z.infer<typeof RESNET_SCHEMA>, dimension: number): void {
  const { image_size: side, width, layers } = vision;
  let map: FeatureMap = { value: b.input('pixel_values', 'float32', ['batch', 3, side, side]), channels: 3, size: side };
  for (const [i, channels] of [width >> 1, width >> 1, width].entries())
    map = normedConvolution(b, map, { at: 'visual', number: i + 1, channels, kernel: 3, stride: i === 0 ? 2 : 1 });
  map = averageSquares(b, map, 2);
  for (const [stage, depth] of layers.entries()) {
    for (let block = 0; block < depth; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      map = bottleneck(b, map, { at: `visual.layer${stage + 1}.${block}`, planes: width * 2 ** stage, stride });
    }
  }
  if (map.size !== Math.floor(side / 32))
    throw new LabelwiseError('CHECKPOINT_UNSUPPORTED', `Expected an image size that a ResNet divides by 32, got ${side}.`);
  const pooled = attentionPool(b, map, Math.floor((width * 32) / vision.head_width), dimension);
  b.output(pooled, 'image_embeds', ['batch', dimension]);
}

interface NormedConvolution {
  readonly at: string;
  readonly number: number;
  readonly channels: number;
  readonly kernel: 1 | 3;
  readonly stride?: number;
  readonly isLast?: boolean;
}

/** Convolution, batch normalisation and, but for the last of a block, ReLU. */
function normedConvolution(b: GraphBuilder, map: FeatureMap, { at, number, channels, isLast, ...rest }: NormedConvolution): FeatureMap {
  const shape = { from: map.channels, to: channels, ...rest };
  const made = convolveNormed(b, map, { conv: `${at}.conv${number}`, norm: `${at}.bn${number}` }, shape);
  return isLast ? made : { ...made, value: b.node('Relu', [made.value]) };
}

function bottleneck(
  b: GraphBuilder,
  map: FeatureMap,
  { at, planes, stride }: { readonly at: string; readonly planes: number; readonly stride: number },
): FeatureMap {
  const pool = (from: FeatureMap): FeatureMap => (stride > 1 ? averageSquares(b, from, stride) : from);
  const first = normedConvolution(b, map, { at, number: 1, channels: planes, kernel: 1 });
  const second = pool(normedConvolution(b, first, { at, number: 2, channels: planes, kernel: 3 }));
  const third = normedConvolution(b, second, { at, number: 3, channels: planes * EXPANSION, kernel: 1, isLast: true });
  let skipped = map.value;
  if (stride > 1 || map.channels !== planes * EXPANSION) {
    const shape = { from: map.channels, to: planes * EXPANSION, kernel: 1 };
    skipped = convolveNormed(b, pool(map), { conv: `${at}.downsample.0`, norm: `${at}.downsample.1` }, shape).value;
  }
  return { ...third, value: b.node('Relu', [b.node('Add', [third.value, skipped])]) };
}

/** The mean of all places looks at itself and at them; only its result is read. -> [batch, dimension] */
function attentionPool(b: GraphBuilder, map: FeatureMap, heads: number, dimension: number): Value {
  const [at, width, length] = ['visual.attnpool', map.channels, map.size ** 2 + 1];
  const places = mapToTokens(b, map);
  const mean = b.node('Unsqueeze', [averagePool(b, map), b.integers([1])]); // [batch, 1, width]
  const joined = b.node('Concat', [mean, b.node('Reshape', [places.rows, places.shape])], { axis: 1 });
  const positioned = b.node('Add', [joined, b.weight(`${at}.positional_embedding`, [length, width])]); // [batch, length, width]
  const queries = b.node('Slice', [positioned, b.integers([0]), b.integers([1]), b.integers([1])]);
  const rows = (value: Value): Value => b.node('Reshape', [value, b.integers([-1, width])]);
  const names = { query: linearNames(`${at}.q_proj`), key: linearNames(`${at}.k_proj`), value: linearNames(`${at}.v_proj`) };
  const mixed = attention(
    b,
    {
      ...{ queries: rows(queries), queryShape: b.integers([-1, 1, width]) },
      ...{ keys: rows(positioned), keyShape: b.integers([-1, length, width]) },
    },
    names,
    { width, heads },
  );
  return linear(b, mixed, { ...linearNames(`${at}.c_proj`), isProjection: true }, width, dimension);
}
