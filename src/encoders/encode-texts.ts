import type { Embedding } from '../core/embedding.js';
import type { EncodeOptions } from '../core/ports.js';
import { throwIfAborted } from '../errors.js';
import type { TensorMessage } from './engines/protocol.js';
import { toTextFeeds } from './onnx/feeds.js';
import { toEmbeddings } from './onnx/tensors.js';
import type { Tower } from './onnx/towers.js';
import type { TextTokenizer, TokenizedText } from './text/text-tokenizer.js';

export interface TextBatching {
  readonly batchSize: number;
  /** What a joint graph wants beside the texts: one blank image. */
  readonly companion: () => Record<string, TensorMessage>;
  readonly onWarning: (message: string) => void;
}

/** Embeds texts: each different sequence of tokens once, so that texts which read the same get the same numbers, in batches of like length so that little is padded. [texts][dimension] */
export async function encodeTexts(
  tower: Tower,
  tokenizer: TextTokenizer,
  texts: readonly string[],
  batching: TextBatching,
  options: EncodeOptions,
): Promise<Embedding[]> {
  const { signature } = tower;
  const unique = [...new Set(texts)];
  const tokenized = new Map(unique.map((text) => [text, tokenizer.tokenize(text)]));
  const cut = [...tokenized].filter(([, { cutTokens }]) => cutTokens > 0);
  if (cut.length > 0) {
    options.onCut?.(cut.map(([text]) => text));
    (options.onWarning ?? batching.onWarning)(describeCut(cut, tokenized.size, tokenizer.rules.maxLength));
  }
  const idsOf = (text: string): readonly number[] => (tokenized.get(text) as TokenizedText).ids;
  const keyOf = (text: string): string => idsOf(text).join();
  const queue = [...new Map(unique.map((text) => [keyOf(text), text])).values()].toSorted((a, b) => idsOf(a).length - idsOf(b).length);
  const embeddings = new Map<string, Embedding>(); // by tokens
  const size = signature.fixedBatch ?? batching.batchSize;
  for (let start = 0; start < queue.length; start += size) {
    throwIfAborted(options.signal);
    const batch = queue.slice(start, start + size);
    const ids = batch.map(idsOf);
    while (signature.fixedBatch !== undefined && ids.length < signature.fixedBatch) ids.push(ids[0] as number[]);
    const { outputs } = await tower.run({ ...batching.companion(), ...toTextFeeds(ids, tokenizer.rules, signature) });
    const made = toEmbeddings(outputs[signature.output] as TensorMessage, signature.output, batch.length);
    for (const [i, text] of batch.entries()) embeddings.set(keyOf(text), made[i] as Embedding);
    options.onProgress?.(Math.round((embeddings.size / queue.length) * texts.length), texts.length);
  }
  return texts.map((text) => embeddings.get(keyOf(text)) as Embedding);
}

function describeCut(cut: readonly (readonly [string, TokenizedText])[], total: number, maxLength: number): string {
  const [text, { cutTokens }] = cut[0] as (typeof cut)[number];
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return `${cut.length} of ${total} prompts are longer than the ${maxLength} tokens that the model takes, and were cut: the first is "${shown}" (${cutTokens} tokens lost).`;
}
