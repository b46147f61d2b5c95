import { createRequire } from 'node:module';
import { openManifest } from 'labelwise/encoders';
import { expect, test } from 'vitest';
import { openLateSession } from '../../dist/encoders/engines/onnxruntime/late-session.js';
import { prepareGraphs } from '../../dist/graphs/prepare-graphs.js';
import { cosine, temporaryFolder } from '../fixtures/parity.js';
import { PARITY } from '../fixtures/paths.js';

const { Tensor } = createRequire(import.meta.url)('onnxruntime-node') as typeof import('onnxruntime-node');
const SETTINGS = { device: 'cpu', threads: 1, isSpinning: false } as const;

test('the fourth run of an image tower is on packed weights, and gives the same embeddings', async () => {
  const manifest = await openManifest({ model: `${PARITY}/siglip-tiny` });
  const { image, imageInParts, dataFolder, dataFiles } = await prepareGraphs(manifest, { home: temporaryFolder() });
  const { session, late } = await openLateSession({ graph: image, dataFolder, dataFiles, forLongRuns: imageInParts }, SETTINGS);
  const dims = session.inputMetadata.map((input) => (input.isTensor ? input.shape.slice(1).map(Number) : []))[0] as number[];
  const pixels = Float32Array.from({ length: dims.reduce((all, size) => all * size, 1) }, (_, i) => Math.sin(i));
  const used = [];
  const embeddings: number[][] = [];
  for (let run = 0; run < 5; run++) {
    const current = await late.next();
    const outputs = await current.run({ pixel_values: new Tensor('float32', pixels, [1, ...dims]) });
    used.push(current === session);
    for (const { data } of Object.values(outputs)) embeddings.push([...(data as Float32Array)]);
  }
  await late.release();
  expect(used).toEqual([true, true, true, false, false]);
  for (const embedding of embeddings) expect(cosine(embedding, embeddings[0] as number[])).toBeGreaterThan(0.9999999);
});

test('where the weights are gone by then, the first session goes on', async () => {
  const manifest = await openManifest({ model: `${PARITY}/siglip-tiny` });
  const { image, dataFolder, dataFiles } = await prepareGraphs(manifest, { home: temporaryFolder() });
  const broken = image.slice(0, 100);
  const { session, late } = await openLateSession({ graph: image, dataFolder, dataFiles, forLongRuns: broken }, SETTINGS);
  for (let run = 0; run < 5; run++) expect(await late.next()).toBe(session);
  await late.release();
});
