import { cpSync, rmSync } from 'node:fs';
import { loadEncoder } from 'labelwise/encoders';
import { expect, test } from 'vitest';
import { copyWithout, cosine, type Golden, readJson } from '../fixtures/parity.js';
import { CLIP_TINY, IMAGES, PARITY } from '../fixtures/paths.js';

const golden = readJson<Golden>(`${PARITY}/golden.json`);

/** clip-tiny with the other forms of its towers laid over it. */
function variants(): string {
  const folder = copyWithout(CLIP_TINY);
  cpSync(`${PARITY}/clip-tiny-variants`, folder, { recursive: true });
  return folder;
}

test.each([
  ['weights in a file beside the graph', 'fp32', 0.99999],
  ['half precision, inputs and outputs too', 'fp16', 0.999],
] as const)('%s gives the embeddings of transformers', async (_name, dtype, least) => {
  await using encoder = await loadEncoder({ model: variants(), dtype, onnx: true });
  expect(encoder.manifest.dtype).toBe(dtype);
  const texts = await encoder.encodeTexts(golden.texts.map(({ text }) => text));
  for (const [i, { text, text_embeds }] of golden.texts.entries()) expect(cosine(texts[i] as Float32Array, text_embeds), text).toBeGreaterThan(least);
  for await (const outcome of encoder.encodeImages(golden.images.map(({ file }) => `${IMAGES}/${file}`))) {
    if ('error' in outcome) throw outcome.error;
    const { file, image_embeds } = golden.images[outcome.index] as Golden['images'][number];
    expect(cosine(outcome.embedding, image_embeds), file).toBeGreaterThan(least);
  }
});

test('a graph whose weights file is missing is named, with what to do', async () => {
  const folder = variants();
  rmSync(`${folder}/onnx/vision_model.onnx_data`);
  await using encoder = await loadEncoder({ model: folder, onnx: true });
  await expect(encoder.device()).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED', message: expect.stringContaining('vision_model.onnx'), hint: expect.stringContaining('external data') });
});
