import { toProbabilities } from 'labelwise';
import { type Encoder, loadEncoder } from 'labelwise/encoders';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyWithout, cosine, type Golden, largestDifference, readJson } from '../fixtures/parity.js';
import { IMAGES, SIGLIP_TINY } from '../fixtures/paths.js';

const golden = readJson<Golden>(`${SIGLIP_TINY}/golden.json`);
const towers = ['onnx/text_model.onnx', 'onnx/vision_model.onnx'];

describe.each([
  ['model.safetensors alone', [...towers, 'onnx/model.onnx'], {}, 'weights'],
  ['split ONNX towers', [], { onnx: true }, 'weights'],
  ['the joint ONNX model alone', [...towers, 'model.safetensors'], {}, 'joint'],
] as const)('SigLIP in step with transformers: %s', (_name, missing, options, scaleSource) => {
  let encoder: Encoder;
  beforeAll(async () => {
    encoder = await loadEncoder({ model: copyWithout(SIGLIP_TINY, ...missing), ...options, onWarning: () => {} });
  });
  afterAll(() => encoder.close());

  test('texts are padded to 64 tokens with the same ids', async () => {
    const { tokenize, rules } = await encoder.tokenizer();
    expect(rules).toMatchObject({ maxLength: 64, padding: 'max' });
    for (const { text, input_ids } of golden.texts) {
      const { ids } = tokenize(text);
      expect([...ids, ...Array(64 - ids.length).fill(rules.padTokenId)], text).toEqual(input_ids);
    }
  });

  test('embeddings, scale, bias, logits and probabilities are the same', async () => {
    expect(encoder.info.scoring).toBe('sigmoid');
    expect(encoder.logitSource).toBe(scaleSource);
    expect(encoder.info.logitScale).toBeCloseTo(golden.logit_scale, 1);
    expect(encoder.info.logitBias).toBeCloseTo(golden.logit_bias as number, 1);
    const texts = await encoder.encodeTexts(golden.texts.map((text) => text.text));
    for (const [i, { text_embeds }] of golden.texts.entries()) expect(cosine(texts[i] as Float32Array, text_embeds)).toBeGreaterThan(0.99999);
    for await (const outcome of encoder.encodeImages(golden.images.map((image) => `${IMAGES}/${image.file}`))) {
      if ('error' in outcome) throw outcome.error;
      const { image_embeds, file } = golden.images[outcome.index] as Golden['images'][number];
      expect(cosine(outcome.embedding, image_embeds), file).toBeGreaterThan(0.99999);
      const logits = texts.map((text) => encoder.info.logitScale * cosine(outcome.embedding, text) + encoder.info.logitBias);
      expect(largestDifference(logits, golden.logits_per_image[outcome.index] as number[])).toBeLessThan(0.05);
      expect(largestDifference([...toProbabilities(Float32Array.from(logits), 'sigmoid')], golden.probabilities[outcome.index] as number[])).toBeLessThan(0.002);
    }
  });
});
