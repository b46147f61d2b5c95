import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compareWithOpenClip } from '../fixtures/open-clip.js';
import { PARITY } from '../fixtures/paths.js';

/** One checkpoint of each kind of tower that OpenCLIP takes from timm and transformers; tests/slow/open-clip.test.ts makes all configurations. */
test.each(readdirSync(`${PARITY}/towers`))("%s gives open_clip's token ids and embeddings", async (name) => {
  const { texts, images, otherIds } = await compareWithOpenClip(`${PARITY}/towers/${name}`);
  expect(otherIds).toEqual([]);
  expect(texts).toBeGreaterThan(0.999999);
  expect(images).toBeGreaterThan(0.999999);
});
