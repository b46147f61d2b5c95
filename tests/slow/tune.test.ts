import { loadEncoder } from 'labelwise';
import { expect, test } from 'vitest';
import { cli, spawnCli } from '../fixtures/cli.js';
import { CLIP_TINY } from '../fixtures/paths.js';

test('models tune measures, keeps the fastest settings for this machine, and later runs use them', async () => {
  const untuned = await loadEncoder({ model: CLIP_TINY });
  expect(untuned.settings).toMatchObject({ batchSize: 8, isSpinning: false });
  await untuned.close();
  expect((await cli(['models', 'show', CLIP_TINY])).stdout).toMatch(/^tuning +none yet: labelwise models tune/m);
  const { code, stdout } = await cli(['models', 'tune', CLIP_TINY, '--json']);
  expect(code).toBe(0);
  const measured = JSON.parse(stdout) as { engine: string; batchSize: number; isSpinning: boolean; imagesPerSecond: number }[];
  expect(measured.filter(({ engine }) => engine === 'onnxruntime')).toHaveLength(10);
  const rates = measured.map(({ imagesPerSecond }) => imagesPerSecond);
  expect(rates).toEqual(rates.toSorted((a, b) => b - a));
  await using tuned = await loadEncoder({ model: CLIP_TINY });
  const { batchSize, isSpinning } = measured[0] as (typeof measured)[number];
  expect(tuned.settings).toMatchObject({ batchSize, isSpinning });
  await using asked = await loadEncoder({ model: CLIP_TINY, batchSize: 5 });
  expect(asked.settings.batchSize).toBe(5);
  expect((await cli(['models', 'show', CLIP_TINY])).stdout).toMatch(
    new RegExp(`^tuning +(?:ONNX Runtime|OpenVINO), batches of ${batchSize}, threads wait`, 'm'),
  );
});

test('models tune refuses a home that cannot keep what it would measure, before it measures', async () => {
  const { code, stdout, stderr } = await spawnCli(['models', 'tune', CLIP_TINY], {
    env: { ...process.env, LABELWISE_HOME: `${CLIP_TINY}/config.json` },
  });
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/^error: \S+tuning\.json cannot be written: .*\nhint: Set LABELWISE_HOME to a folder/);
});
