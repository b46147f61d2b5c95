import { toProbabilities } from 'labelwise';
import { type Encoder, loadEncoder } from 'labelwise/encoders';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyWithout, cosine, type Golden, largestDifference, readJson } from '../fixtures/parity.js';
import { CLIP_TINY, IMAGES, PARITY } from '../fixtures/paths.js';

const golden = readJson<Golden>(`${PARITY}/golden.json`);
const TOWERS = ['onnx/text_model.onnx', 'onnx/vision_model.onnx'];
const variants = [
  ['model.safetensors alone', [...TOWERS, 'onnx/model.onnx'], {}, 'weights'],
  ['split ONNX towers, scale from safetensors', [], { onnx: true }, 'weights'],
  ['the joint ONNX model, scale from safetensors', TOWERS, { onnx: true }, 'weights'],
  ['the joint ONNX model alone, scale solved from its logits', [...TOWERS, 'model.safetensors'], {}, 'joint'],
] as const;

describe.each(variants)('CLIP in step with transformers: %s', (_name, missing, options, scaleSource) => {
  let encoder: Encoder;
  let texts: Float32Array[];
  let images: Float32Array[];
  beforeAll(async () => {
    encoder = await loadEncoder({ model: copyWithout(CLIP_TINY, ...missing), ...options, onWarning: () => {} });
    texts = await encoder.encodeTexts(golden.texts.map((text) => text.text));
    images = [];
    for await (const outcome of encoder.encodeImages(golden.images.map((image) => `${IMAGES}/${image.file}`))) {
      if ('error' in outcome) throw outcome.error;
      images.push(outcome.embedding);
    }
  });
  afterAll(() => encoder.close());

  test('token ids and decoded text are equal for all texts', async () => {
    const tokenizer = await encoder.tokenizer();
    for (const { text, input_ids, decoded } of golden.texts) {
      const { ids } = tokenizer.tokenize(text);
      expect(ids, text).toEqual(input_ids);
      expect(tokenizer.decode(ids)).toBe(decoded);
    }
  });

  test('text and image embeddings have a cosine of 0.99999 or more', () => {
    for (const [i, { text_embeds, text }] of golden.texts.entries()) expect(cosine(texts[i] as Float32Array, text_embeds), text).toBeGreaterThan(0.99999);
    for (const [i, { image_embeds, file }] of golden.images.entries()) expect(cosine(images[i] as Float32Array, image_embeds), file).toBeGreaterThan(0.99999);
  });

  test('logit scale, logits and probabilities are the same', () => {
    expect(encoder.logitSource).toBe(scaleSource);
    expect(encoder.info.logitScale).toBeCloseTo(golden.logit_scale, 2);
    for (const [i, image] of images.entries()) {
      const logits = texts.map((text) => encoder.info.logitScale * cosine(image, text));
      expect(largestDifference(logits, golden.logits_per_image[i] as number[])).toBeLessThan(0.05);
      expect(largestDifference([...toProbabilities(Float32Array.from(logits), 'softmax')], golden.probabilities[i] as number[])).toBeLessThan(0.002);
    }
  });
});
