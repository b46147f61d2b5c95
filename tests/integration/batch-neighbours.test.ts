import { loadEncoder } from 'labelwise/encoders';
import { expect, test } from 'vitest';
import { IMAGES, PARITY } from '../fixtures/paths.js';

const FILES = ['cat-grey.jpg', 'checker-640x480.png', 'astronaut-progressive.jpg'];

test('of an export with dynamic int8, an embedding is the same bit for bit, whatever it is encoded with', async () => {
  await using encoder = await loadEncoder({ model: `${PARITY}/layouts/onnx-q8`, onWarning: () => {} });
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
