import { writeFileSync } from 'node:fs';
import { loadEncoder } from 'labelwise/encoders';
import { describe, expect, test } from 'vitest';
import { assertRoom, missingBytes } from '../../dist/hub/assert-room.js';
import { cli, rowsOf } from '../fixtures/cli.js';
import { TINY, useHub } from '../fixtures/hub-case.js';
import { copyWithout, temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';

const hub = useHub();
const CARD = '---\nlicense: other\nlicense_name: acme-1\nlanguage:\n- en\n- de\n---\n# tiny';

test('list --known names 30 models, each with what it is good at, its size and speed', async () => {
  const models = rowsOf<{ name: string; goodAt: string; speed: string; imagenetTop1?: number; source?: string }>(
    await cli(['models', 'list', '--known', '--json']),
  );
  expect(models).toHaveLength(30);
  for (const { name, goodAt, speed, imagenetTop1, source } of models) {
    expect(name).toMatch(/^[\w.-]+\/[\w.-]+$/);
    expect([goodAt.length > 5, ['fast', 'medium', 'slow'].includes(speed)]).toEqual([true, true]);
    expect(source === undefined).toBe(imagenetTop1 === undefined);
  }
  const { stdout } = await cli(['models', 'list', '--known']);
  expect(stdout).toMatch(
    /laion\/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K\n {2}the best small model .*\n {2}CLIP ViT-B\/32, fast, 151 million parameters, ImageNet 72\.8 %/,
  );
});

describe('models show', () => {
  test('says what is published of a known name, and its size and memory', async () => {
    hub.server.addRepo('openai/clip-vit-base-patch32', TINY);
    const { stdout } = await cli(['models', 'show', 'openai/clip-vit-base-patch32']);
    expect(stdout).toMatch(/^family +CLIP ViT-B\/32$/m);
    expect(stdout).toMatch(/^languages +English$/m);
    expect(stdout).toMatch(/^accuracy +63\.3 % on ImageNet without training \(open_clip's docs/m);
    expect(stdout).toMatch(/^size +0\.9 million parameters, about 11\d(\.\d)? MB of memory/m);
    expect(stdout).not.toContain('licence');
  });

  test('says the licence and the languages that a card states', async () => {
    const model = copyWithout(CLIP_TINY);
    writeFileSync(`${model}/README.md`, CARD);
    const shown = JSON.parse((await cli(['models', 'show', model, '--json'])).stdout);
    expect(shown).toMatchObject({
      licence: 'acme-1',
      languages: 'en, de',
      parameters: expect.any(Number),
      memoryBytes: expect.any(Number),
    });
  });
});

test('a download that the disk has no room for is refused before it begins', async () => {
  const folder = `${temporaryFolder()}/not/there/yet`;
  await expect(assertRoom(folder, 1e18, 'acme/huge')).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/^acme\/huge needs [\d.]+ \w+, and the disk of .* has [\d.]+ \w+ free\.$/),
  });
  await expect(assertRoom(folder, 1, 'acme/small')).resolves.toBeUndefined();
  const blob = `${temporaryFolder()}/blob`;
  writeFileSync(`${blob}.incomplete`, 'abc');
  expect(await missingBytes(blob, 10)).toBe(7);
});

describe('models verify', () => {
  const pythonOf = async (script: string): Promise<{ reference: string; texts: number[][]; images: number[][] }> => {
    const [photos, prompts] = ['PHOTOS', 'PROMPTS'].map((name) =>
      JSON.parse(new RegExp(`^${name} = (.*)$`, 'm').exec(script)?.[1] ?? '[]'),
    );
    await using encoder = await loadEncoder({ model: CLIP_TINY });
    const images: number[][] = [];
    for await (const outcome of encoder.encodeImages(photos as string[])) if ('embedding' in outcome) images.push([...outcome.embedding]);
    return { reference: 'a stand-in for Python', texts: (await encoder.encodeTexts(prompts as string[])).map((row) => [...row]), images };
  };

  test('prints a script, and compares with what it gave, with published values and with lower formats', async () => {
    hub.server.addRepo('openai/clip-vit-base-patch32', TINY);
    const args = ['models', 'verify', 'openai/clip-vit-base-patch32'];
    const { stdout: script } = await cli([...args, '--script']);
    expect(script).toMatch(/^# What Python gives for openai\/clip-vit-base-patch32: pip install torch transformers pillow/);
    expect(script).toContain('AutoModel.from_pretrained(MODEL');
    const values = await pythonOf(script);
    const file = `${temporaryFolder()}/python.json`;
    writeFileSync(file, JSON.stringify(values));
    const { code, stdout } = await cli([...args, '--python', file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^# openai\/clip-vit-base-patch32\n\nlabelwise .*; revision c0ffee0+, whose files have the hashes of the hub; fp32, fingerprint [0-9a-f]{16}\./,
    );
    expect(stdout).toMatch(/\| Python: \d photos \| right \| lowest cosine 1\.000000 \| a stand-in for Python, at least 0\.999 \|/);
    expect(stdout).toMatch(/\| dimension \| WRONG \| 24 \| 512 /); // it is not that model
    expect(stdout).toMatch(/\| logit scale \| right \| 100\.003 \| 100 \(CLIP \(arXiv/);
    expect(stdout).toMatch(/\| bfloat16: 7 texts \| right \| lowest cosine 0\.99\d+ \|/);
    expect(stdout).toMatch(/\| int8: \d photos \| right \|/);
    writeFileSync(file, JSON.stringify({ ...values, images: values.images.toReversed() }));
    expect((await cli([...args, '--python', file])).stdout).toMatch(/\| Python: \d photos \| WRONG \|/);
  });

  test('values of another shape are refused', async () => {
    const file = `${temporaryFolder()}/python.json`;
    writeFileSync(file, '{"reference":"x","texts":[],"images":[]}');
    expect(await cli(['models', 'verify', CLIP_TINY, '--python', file])).toMatchObject({
      code: 4,
      stdout: '',
      stderr: expect.stringContaining('texts'),
    });
  });
});
