import { expect, test } from 'vitest';
import { cli } from '../fixtures/cli.js';
import { useHub } from '../fixtures/hub-case.js';
import { IMAGES } from '../fixtures/paths.js';

const hub = useHub();

test('`models pull --recommended` names the full CLIP that it downloads, and stands alone', async () => {
  const offline = await cli(['models', 'pull', '--recommended'], { env: { HF_HUB_OFFLINE: '1' } });
  expect(offline).toMatchObject({ code: 4, stderr: expect.stringContaining('laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K') });
  const usage = 'Expected either a model or --recommended.';
  expect(await cli(['models', 'pull'])).toMatchObject({ code: 2, stderr: expect.stringContaining(usage) });
  expect(await cli(['models', 'pull', 'maker/tiny', '--recommended'])).toMatchObject({ code: 2, stderr: expect.stringContaining(usage) });
});

test('a model is pulled, listed, shown, used offline and removed', async () => {
  const pulled = await cli(['models', 'pull', 'maker/tiny']);
  expect(pulled).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('maker/tiny is complete (fp32') });
  const listed = JSON.parse((await cli(['models', 'list', '--json'])).stdout);
  expect(listed.map((model: { name: string }) => model.name)).toEqual(['pocket', 'maker/tiny']);
  expect(listed[1]).toMatchObject({ source: 'hub', hasWeights: true, dtypes: [], sizeBytes: expect.any(Number) });

  await hub.server.close();
  const shown = JSON.parse((await cli(['models', 'show', 'maker/tiny', '--json'])).stdout);
  expect(shown).toMatchObject({
    name: 'maker/tiny',
    modelType: 'clip',
    dimension: 24,
    logitSource: 'weights',
    scoring: 'softmax',
    device: 'cpu',
  });
  const classified = await cli(['classify', `${IMAGES}/chelsea.png`, '--labels', 'cat, dog', '--model', 'maker/tiny', '--json']);
  expect(JSON.parse(classified.stdout)[0].predictions).toHaveLength(2);

  expect(await cli(['models', 'remove', 'maker/tiny'])).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/removed maker\/tiny: [\d.]+ MB/),
  });
  expect(await cli(['models', 'remove', 'maker/tiny'])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('There is no model maker/tiny'),
  });
});

test('a bar with rate and time left shows on a terminal, and goes away', async () => {
  const { stderr } = await cli(['models', 'pull', 'maker/tiny'], { isTTY: true });
  expect(stderr).toMatch(/downloading .* of \d\.\d MB .* left/);
});
