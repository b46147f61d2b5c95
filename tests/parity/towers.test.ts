import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compareWithOpenClip, OPEN_CLIP_TABLE } from '../fixtures/open-clip.js';
import { PARITY, ROOT } from '../fixtures/paths.js';

/** One checkpoint of each kind of tower that OpenCLIP takes from timm and transformers; tests/slow/open-clip.test.ts makes all configurations. */
test.each(readdirSync(`${PARITY}/towers`))("%s gives open_clip's token ids and embeddings", async (name) => {
  const { texts, images, otherIds } = await compareWithOpenClip(`${PARITY}/towers/${name}`);
  expect(otherIds).toEqual([]);
  expect(texts).toBeGreaterThan(0.999999);
  expect(images).toBeGreaterThan(0.999999);
});

test('the documents count the configurations that run', () => {
  const all = Object.values(OPEN_CLIP_TABLE.configurations);
  const running = all.filter(({ refused }) => refused === undefined).length;
  const count = `${all.length} configurations with public weights. labelwise runs ${running} of them.`; // npm run docs writes it
  expect(readFileSync(`${ROOT}docs/reference/checkpoints.md`, 'utf8')).toContain(count);
});
