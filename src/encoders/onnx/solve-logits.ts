import type { KnownLogits } from '../../checkpoints/checkpoint-folder.js';
import { dotProduct, normalize } from '../../core/embedding.js';
import { type ImageTransform, outputSize } from '../../images/image-transform.js';
import type { TensorMessage } from '../engines/protocol.js';
import type { TextTokenizer } from '../text/text-tokenizer.js';
import { toImageFeeds, toTextFeeds } from './feeds.js';
import { toRows } from './tensors.js';
import type { Tower } from './towers.js';

const PROBES = ['a photo of a cat', 'red', 'the night sky over a city', '42'];

/**
 * The scale and bias of a joint graph, solved from what it does: its logits are a straight line over the cosines of its
 * own embeddings, so one run with a few texts and a made-up image gives slope and intercept (least squares).
 */
export async function solveLogits(tower: Tower, tokenizer: TextTokenizer, transform: ImageTransform): Promise<KnownLogits | undefined> {
  const { height, width } = outputSize(transform) ?? { height: 224, width: 224 };
  const pixels = Float32Array.from({ length: 3 * height * width }, (_, i) => Math.sin(i * 0.37) + Math.cos(i * 0.011));
  const ids = PROBES.map((text) => tokenizer.tokenize(text).ids);
  const feeds = { ...toTextFeeds(ids, tokenizer.rules, tower.signature), ...toImageFeeds(pixels, [1, 3, height, width], tower.signature) };
  const names = ['image_embeds', 'text_embeds', 'logits_per_image'];
  const result = await tower.run(feeds, names).catch(() => undefined); // a graph without these outputs does not say
  if (result === undefined) return undefined;
  const [image = [], texts = [], logits = []] = names.map((name) => toRows(result.outputs[name] as TensorMessage, name));
  const line = fitLine(
    texts.map((text) => dotProduct(normalize(image[0] as Float32Array), normalize(text))),
    [...(logits[0] as Float32Array)],
  );
  return line && { logitScale: line.slope, logitBias: Math.abs(line.intercept) < 1e-3 * line.slope ? 0 : line.intercept, source: 'joint' };
}

function fitLine(xs: readonly number[], ys: readonly number[]): { slope: number; intercept: number } | undefined {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const spread = xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  if (spread < 1e-8) return undefined;
  const slope = xs.reduce((sum, x, i) => sum + (x - meanX) * ((ys[i] as number) - meanY), 0) / spread;
  return { slope, intercept: meanY - slope * meanX };
}
