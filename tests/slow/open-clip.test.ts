import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { quantizeCheckpoint } from '../../dist/encoders/quantize/quantize-checkpoint.js';
import type { HubSettings } from '../../dist/hub/hub-settings.js';
import { moveTensors } from '../fixtures/moved-tensors.js';
import { compareMutated, compareWithOpenClip, OPEN_CLIP_TABLE, type OpenClipGolden } from '../fixtures/open-clip.js';
import { readJson, temporaryFolder } from '../fixtures/parity.js';
import { PARITY } from '../fixtures/paths.js';

/** Python with open_clip and timm, or the test is skipped: LABELWISE_PYTHON names the interpreter. */
const python = process.env.LABELWISE_PYTHON ?? 'python3';
const hasOpenClip = spawnSync(python, ['-c', 'import open_clip, sentencepiece, timm, transformers']).status === 0;
if (!hasOpenClip)
  console.warn(
    `skipped: ${python} lacks open_clip_torch, timm, transformers or sentencepiece (pip install -r tests/parity/build/requirements.txt, or set LABELWISE_PYTHON)`,
  );

/** The versions that the figures of the docs belong to. */
const PINNED = readFileSync(`${PARITY}/build/requirements.txt`, 'utf8').match(/^(?:open_clip_torch|timm|transformers|torch)==.*$/gm) ?? [];
const VERSIONS = 'import importlib.metadata as m, sys; print(*(f"{n}=={m.version(n)}" for n in sys.argv[1:]), sep="\\n")';

const NAMES = Object.keys(OPEN_CLIP_TABLE.configurations);
const { others: OTHERS } = OPEN_CLIP_TABLE;
const run = (...args: string[]) =>
  spawnSync(python, [`${PARITY}/build/open_clip_towers.py`, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });

describe.skipIf(!hasOpenClip)('every configuration of open_clip with public weights', () => {
  let folder: string;

  beforeAll(() => {
    folder = process.env.LABELWISE_OPEN_CLIP ?? temporaryFolder(); // a folder that open_clip_towers.py filled before
    if (process.env.LABELWISE_OPEN_CLIP) return;
    for (const names of [[], OTHERS]) {
      const { stdout, status } = run(folder, ...names);
      expect([status, stdout.split('\n').filter((line) => line.includes('"error"'))]).toEqual([0, []]);
    }
  }, 3_600_000);

  test('Python has the pinned versions', () => {
    const { stdout } = spawnSync(python, ['-c', VERSIONS, ...PINNED.map((line) => line.split('==')[0] as string)], { encoding: 'utf8' });
    const installed = stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/\+.*$/, '')); // torch names its build
    expect(installed).toEqual(PINNED);
  });

  test('the table lists those that open_clip lists', () => {
    const { version, names } = JSON.parse(run('--list').stdout) as { version: string; names: string[] };
    if (version === OPEN_CLIP_TABLE.version) expect(NAMES.toSorted()).toEqual(names.toSorted());
    expect(NAMES.length).toBe(115);
  });

  test.each([...NAMES, ...OTHERS])('%s runs in step with open_clip, or is refused by the name of a feature', async (name) => {
    const { refused } = OPEN_CLIP_TABLE.configurations[name] ?? ({} as { refused?: string });
    const compared = compareWithOpenClip(`${folder}/${name}`);
    if (refused !== undefined) {
      await expect(compared).rejects.toMatchObject({ code: 'CHECKPOINT_UNSUPPORTED', message: expect.stringContaining(refused) });
      return;
    }
    const { texts, images, otherIds } = await compared;
    expect(otherIds).toEqual([]);
    expect(texts).toBeGreaterThan(0.999999);
    expect(images).toBeGreaterThan(0.999999);
  });
});

/** A key's bias adds the same to all weights of a query, which softmax takes away. */
const IDLE = /key\.bias$|k_proj\.bias$/;

describe.skipIf(!hasOpenClip)('changes of a checkpoint', () => {
  const KINDS = [
    'ViT-B-32',
    'ViT-L-14-CLIPA',
    'ViT-H-14-worldwide',
    'ViT-B-16-SigLIP',
    'EVA01-g-14',
    'EVA02-B-16',
    'PE-Core-T-16-384',
    'MobileCLIP-B',
    'coca_ViT-L-14',
    'nllb-clip-base',
    'xlm-roberta-base-ViT-B-32',
    'BiomedCLIP',
    'bert-with-pooler',
    'mt5-base-ViT-B-32',
    'openvision-vit-base-patch16-224',
    'MobileCLIP2-L-14',
    'RN50',
    'convnext_base',
    'MobileCLIP-S1',
    'MobileCLIP2-S3',
    'ViTamin-S',
  ];
  let folder: string;

  beforeAll(() => {
    folder = process.env.LABELWISE_OPEN_CLIP_CHANGES ?? temporaryFolder(); // likewise, made with the options below
    if (process.env.LABELWISE_OPEN_CLIP_CHANGES) return;
    expect(
      run('--layers', '1', '--perturb', '10000', '--mutate', process.env.LABELWISE_MUTATIONS ?? '100', folder, ...KINDS),
    ).toMatchObject({
      status: 0,
    });
  }, 3_600_000);

  test.each(KINDS)('of tensors of %s move the embeddings of both', async (name) => {
    const { faults, idle, count } = await moveTensors(`${folder}/${name}`);
    expect(count).toBeGreaterThan(0);
    expect([faults, idle.filter((tensor) => !IDLE.test(tensor))]).toEqual([[], []]);
  });

  test.each(KINDS)('to int8 leave the embeddings of %s at a cosine of 0.999', async (name) => {
    const model = `${folder}/${name}`;
    const { texts, photos } = readJson<OpenClipGolden>(`${model}/golden.json`);
    const source = { model, home: temporaryFolder(), hub: {} as HubSettings };
    const report = await quantizeCheckpoint({ ...source, photos: photos.map((photo) => `${PARITY}/${photo}`), prompts: texts }); // or refuses
    expect(report.imageCosine.mean).toBeGreaterThan(0.999);
    expect(report.textCosine.mean).toBeGreaterThan(0.999);
  });

  test.each(KINDS)('of the configuration of %s are refused, or give what open_clip gives', async (name) => {
    const { faults, same, refused } = await compareMutated(`${folder}/${name}`);
    expect(faults).toEqual([]);
    expect(same + refused).toBeGreaterThan(0);
  });
});
