import { cpSync, renameSync } from 'node:fs';
import { loadEncoder } from 'labelwise/encoders';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/parity.js';
import { IMAGES, PARITY } from '../fixtures/paths.js';

const FILES = ['cat-grey.jpg', 'checker-640x480.png', 'astronaut-progressive.jpg'];

/** The same export as people rename it: no name says that it is quantised. */
function withoutSayingSo(): string {
  const folder = temporaryFolder();
  cpSync(`${PARITY}/layouts/onnx-q8`, folder, { recursive: true });
  for (const side of ['vision', 'text']) renameSync(`${folder}/onnx/${side}_model_quantized.onnx`, `${folder}/onnx/${side}_model.onnx`);
  return folder;
}

test.each([
  ['by its name', () => `${PARITY}/layouts/onnx-q8`],
  ['by its operators alone', withoutSayingSo],
])('of an export with dynamic int8, %s, an embedding is the same bit for bit, whatever it is encoded with', async (_by, folder) => {
  await using encoder = await loadEncoder({ model: folder(), onWarning: () => {} });
  expect(encoder.manifest.isBatchInvariant).toBe(false);
  const embed = async (images: readonly string[]) => {
    const rows: Float32Array[] = [];
    for await (const outcome of encoder.encodeImages(images, { shouldFillBatches: true, batchSize: 8 })) {
      if ('error' in outcome) throw outcome.error;
      rows.push(outcome.embedding);
    }
    return rows;
  };
  const images = FILES.map((file) => `${IMAGES}/${file}`);
  const together = await embed(images);
  for (const [i, image] of images.entries()) expect(together[i]).toEqual((await embed([image]))[0]);
  const texts = ['a cat', 'a photo of a rocket at night, long before dawn'];
  const both = await encoder.encodeTexts(texts);
  for (const [i, text] of texts.entries()) expect(both[i]).toEqual((await encoder.encodeTexts([text]))[0]);
});
