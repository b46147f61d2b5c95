import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { cli, rowsOf, spawnCli } from '../fixtures/cli.js';
import { TINY, useHub } from '../fixtures/hub-case.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { IMAGES } from '../fixtures/paths.js';

const hub = useHub();
const REPO = 'openai/clip-vit-large-patch14';
const bare = (weights: string) =>
  new Map(
    [...TINY].flatMap(([path, data]) => (path.startsWith('onnx/') ? [] : [[path === 'model.safetensors' ? weights : path, data] as const])),
  );
const classify = (...flags: string[]) => [
  'classify',
  `${IMAGES}/chelsea.png`,
  '--labels',
  'cat, dog',
  '--model',
  REPO,
  '--json',
  '--db',
  temporaryFolder(),
  ...flags,
];

beforeEach(() => hub.server.addRepo(REPO, bare('model.safetensors')));

test('a repository of safetensors alone is pulled, classified with, and used offline', async () => {
  expect(await cli(['models', 'pull', REPO])).toMatchObject({ code: 0, stderr: expect.stringContaining(`${REPO} is complete (fp32`) });
  const [row] = rowsOf(await cli(classify()));
  expect(row?.predictions).toHaveLength(2);
  await hub.server.close();
  process.env.HF_HUB_OFFLINE = '1';
  expect(rowsOf(await cli(classify()))).toEqual([row]);
  const shown = await cli(['models', 'show', REPO]);
  expect(shown.stdout).toMatch(/^probability +softmax of 100\.\d+ x cosine \(the scale: as trained, from the weights\)$/m);
  expect(shown.stdout).toMatch(/^runs +its weights, by graphs that labelwise writes/m);
});

test('two processes at once download one checkpoint and both answer', async () => {
  const results = await Promise.all([spawnCli(classify()), spawnCli(classify())]);
  for (const result of results) expect(result, result.stderr).toMatchObject({ code: 0 });
  expect(rowsOf(results[0] as never)).toEqual(rowsOf(results[1] as never));
  const blobs = readdirSync(join(hub.cache, `models--${REPO.replace('/', '--')}`, 'blobs'));
  expect(blobs.filter((name) => name.includes('incomplete'))).toEqual([]);
  const kept = join(process.env.LABELWISE_HOME as string, 'graphs');
  expect(existsSync(kept) && readdirSync(kept)).toHaveLength(1);
});

test('of a repository of pickles alone, the revision with safetensors is named', async () => {
  hub.server.addRepo('maker/pickled', bare('pytorch_model.bin'));
  hub.server.discussions.set('maker/pickled', [
    { num: 3, title: 'Typo', isPullRequest: true },
    { num: 12, title: 'Adding `safetensors` variant of this model', isPullRequest: true },
  ]);
  const { code, stderr } = await cli(['models', 'pull', 'maker/pickled']);
  expect(code).toBe(4);
  expect(stderr).toContain('pytorch_model.bin alone');
  expect(stderr).toContain('use the model maker/pickled@refs/pr/12.');
});
