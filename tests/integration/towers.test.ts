import { copyFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openManifest } from 'labelwise/encoders';
import { expect, test } from 'vitest';
import type { TensorMessage } from '../../dist/encoders/engines/protocol.js';
import { openTowers, type Tower } from '../../dist/encoders/onnx/towers.js';
import { graphsOf } from '../../dist/graphs/graphs-of.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';

const SETTINGS = { device: 'cpu', threads: 1, isSpinning: false } as const;

/** Both embeddings of a tiny model, computed at the same time, and how many threads it took. `padding` is a size of weights that no tower uses. */
async function embedWith(padding: number) {
  const manifest = await openManifest({ model: CLIP_TINY });
  const graphs = await graphsOf(manifest, { home: temporaryFolder() });
  const dataFolder = temporaryFolder();
  for (const file of graphs.dataFiles) copyFileSync(join(CLIP_TINY, file), join(dataFolder, file));
  writeFileSync(join(dataFolder, 'padding'), '');
  truncateSync(join(dataFolder, 'padding'), padding);
  let threads = 0;
  const count = (): void => void threads++;
  process.on('worker', count);
  const towers = openTowers(manifest, SETTINGS, async () => ({ ...graphs, dataFolder, dataFiles: [...graphs.dataFiles, 'padding'] }));
  try {
    const [image, text] = await Promise.all([towers.image(), towers.text()]);
    const { height, width } = manifest.imageTransform.crop as { height: number; width: number };
    const pixels = Float32Array.from({ length: 3 * height * width }, (_, i) => Math.sin(i));
    const ids = BigInt64Array.from({ length: 8 }, (_, i) => BigInt(i + 1));
    const embeddings = await Promise.all([
      run(image, { pixel_values: { type: 'float32', data: pixels.buffer, dims: [1, 3, height, width] } }),
      run(text, {
        input_ids: { type: 'int64', data: ids.buffer, dims: [1, 8] },
        ...('attention_mask' in text.signature.types && {
          attention_mask: { type: 'int64', data: BigInt64Array.from(ids, () => 1n).buffer, dims: [1, 8] },
        }),
      }),
    ]);
    return { threads, embeddings };
  } finally {
    process.off('worker', count);
    await towers.close();
  }
}

async function run(tower: Tower, feeds: Record<string, TensorMessage>): Promise<number[]> {
  const { outputs } = await tower.run(feeds);
  return [...new Float32Array((outputs[tower.signature.output] as TensorMessage).data)];
}

test('the towers of a large model have a thread each, those of a small one share one, and both give the same embeddings', async () => {
  const [small, large] = [await embedWith(0), await embedWith(64 * 2 ** 20)];
  expect(small.threads).toBe(1);
  expect(large.threads).toBe(2);
  for (const embedding of small.embeddings) expect(embedding.some((value) => value !== 0)).toBe(true);
  expect(large.embeddings).toEqual(small.embeddings);
});

test('a model that is closed while it opens opens nothing more', async () => {
  const manifest = await openManifest({ model: CLIP_TINY });
  const towers = openTowers(manifest, SETTINGS, () => graphsOf(manifest, { home: temporaryFolder() }));
  const opening = towers.image();
  await towers.close();
  await expect(opening).rejects.toMatchObject({ code: 'CLOSED' });
});
