import { type ImageTransform, outputSize } from '../../images/image-transform.js';
import type { TensorMessage } from '../engines/protocol.js';
import type { TextTokenizer } from '../text/text-tokenizer.js';
import { toImageFeeds, toTextFeeds } from './feeds.js';
import type { Tower } from './towers.js';

/** A joint graph runs both sides: when images are wanted, it is given one empty text ... */
export async function emptyTextFeeds(tower: Tower, tokenizer: TextTokenizer): Promise<() => Record<string, TensorMessage>> {
  const { ids } = tokenizer.tokenize('');
  return () => toTextFeeds([ids], tokenizer.rules, tower.signature);
}

/** ... and when texts are wanted, one blank image. */
export function blankImageFeeds(tower: Tower, transform: ImageTransform): () => Record<string, TensorMessage> {
  const { height, width } = outputSize(transform) ?? { height: 224, width: 224 };
  return () => toImageFeeds(new Float32Array(3 * height * width), [1, 3, height, width], tower.signature);
}
