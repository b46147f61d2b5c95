import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, rowsOf } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { write } from '../fixtures/pictures.js';

interface ModelJson {
  name: string;
  source: string;
  sizeBytes: number;
  dtypes: string[];
  path: string;
}

describe('labelwise models says what is on disk', () => {
  test('list --json begins with the embedded model', async () => {
    const result = await cli(['models', 'list', '--json']);
    const [pocket] = rowsOf<ModelJson>(result);
    expect(result.code).toBe(0);
    expect(Object.keys(pocket ?? {})).toEqual(['name', 'source', 'sizeBytes', 'hasWeights', 'dtypes', 'path']);
    expect(pocket).toMatchObject({ name: 'pocket', source: 'embedded' });
    expect(pocket?.sizeBytes).toBeGreaterThan(1e6);
    expect(pocket?.dtypes.length).toBeGreaterThan(0);
  });

  test('list shows what Python has downloaded, and remove frees it', async () => {
    const home = temporaryFolder();
    const env = { HF_HOME: home };
    const folder = join(home, 'hub/models--acme--tiny/snapshots/abc/onnx');
    mkdirSync(folder, { recursive: true });
    write(folder, 'model.onnx', 'weights');
    const names = async () => rowsOf<ModelJson>(await cli(['models', 'list', '--json'], { env })).map((model) => model.name);
    expect(await names()).toEqual(['pocket', 'acme/tiny']);
    expect(await cli(['models', 'remove', 'acme/tiny'], { env })).toMatchObject({
      code: 0,
      stderr: 'removed acme/tiny: 7 B freed\n',
    });
    expect(await names()).toEqual(['pocket']);
  });

  test('show --json gives the facts of a model', async () => {
    const { code, stdout } = await cli(['models', 'show', CLIP_TINY, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      modelType: 'clip',
      dimension: 24,
      logitScale: expect.closeTo(100.003, 2),
      logitSource: 'weights',
      textRules: { maxLength: 77 },
      device: expect.any(String),
    });
  });

  test('show without a name shows the embedded model to a person', async () => {
    const { code, stdout } = await cli(['models', 'show']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^model +pocket \(comes with labelwise\)$/m);
    expect(stdout).toMatch(/^images +shorter side to 224 \(bicubic\), middle 224 x 224, minus mean \[0\.498, /m);
    expect(stdout).toMatch(/^embeddings +\d+ numbers, of length 1$/m);
    expect(stdout).not.toMatch(/[{}]|undefined/);
  });

  test('the embedded model cannot be removed', async () => {
    const { code, stderr } = await cli(['models', 'remove', 'pocket']);
    expect(code).toBe(2);
    expect(stderr).toContain('The embedded model is part of the program and cannot be removed.');
  });

  test.each(['acme/none', '../../etc', 'acme'])('remove of %s, which is not there, is refused', async (name) => {
    const { code, stderr } = await cli(['models', 'remove', name]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/There is no model [\s\S]*hint: See what there is: labelwise models list/);
  });
});
