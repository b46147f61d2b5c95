import { readFileSync, writeFileSync } from 'node:fs';
import { loadEncoder } from 'labelwise/encoders';
import { describe, expect, test } from 'vitest';
import { cli } from '../fixtures/cli.js';
import { copyWithout, cosine, readJson, temporaryFolder } from '../fixtures/parity.js';
import { IMAGES, PARITY } from '../fixtures/paths.js';
import { lowerWeights, readSafetensors, writeSafetensors } from '../fixtures/safetensors.js';

/** Checkpoints of tests/parity/build/openclip_convolutions.py; cases.test.ts holds them against open_clip as they are. */
const CASES = `${PARITY}/cases`;
const PHOTO = `${CASES}/coffee.jpg`;
const WEIGHTS = 'open_clip_model.safetensors';
const TOWERS = ['resnet', 'convnext', 'fastvit', 'vitamin'];

interface Golden {
  ie: [number[]];
  /** What the photo becomes after a tensor is shifted. */
  changed: Record<string, [number[]]>;
}

async function embed(model: string): Promise<Float32Array> {
  await using encoder = await loadEncoder({ model });
  for await (const outcome of encoder.encodeImages([PHOTO])) {
    if ('error' in outcome) throw outcome.error;
    return outcome.embedding;
  }
  throw new Error('no embedding');
}

function withTensor(tower: string, name: string, change: (value: number, i: number) => number): string {
  const model = copyWithout(`${CASES}/openclip-${tower}`);
  const tensors = readSafetensors(`${model}/${WEIGHTS}`);
  const { data, ...rest } = tensors.get(name) as { dtype: string; shape: number[]; data: Buffer };
  const changed = Buffer.from(data);
  for (let i = 0; i < data.length / 4; i++) changed.writeFloatLE(change(data.readFloatLE(4 * i), i), 4 * i);
  writeSafetensors(`${model}/${WEIGHTS}`, tensors.set(name, { ...rest, data: changed }));
  return model;
}

function withConfig(tower: string, vision: object): string {
  const model = copyWithout(`${CASES}/openclip-${tower}`);
  const path = `${model}/open_clip_config.json`;
  const config = JSON.parse(readFileSync(path, 'utf8'));
  Object.assign(config.model_cfg.vision_cfg, vision);
  writeFileSync(path, JSON.stringify(config));
  return model;
}

describe.each(TOWERS)('%s', (tower) => {
  const golden = readJson<Golden>(`${CASES}/openclip-${tower}/golden.json`);

  test('a tensor that changes moves the embedding to where open_clip moves it', async () => {
    for (const [name, [expected]] of Object.entries(golden.changed)) {
      const found = await embed(withTensor(tower, name, (value, i) => Math.fround(value + Math.fround(0.25 * Math.cos(i)))));
      expect(cosine(found, expected), name).toBeGreaterThan(0.99999);
      const moved = Math.max(...found.map((value, i) => Math.abs(value - (golden.ie[0][i] as number))));
      expect(moved, `${name} is not read`).toBeGreaterThan(1e-4);
    }
  });

  test('an int8 copy keeps a cosine of 0.999', async () => {
    const model = copyWithout(`${CASES}/openclip-${tower}`);
    const flags = ['--photos', IMAGES, '--json', '--force']; // labels of random weights are almost tied
    const { stdout, stderr, code } = await cli(['models', 'quantize', model, ...flags], { env: { LABELWISE_HOME: temporaryFolder() } });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).imageCosine.lowest).toBeGreaterThan(0.999);
  });

  test('weights of 16 bits are run in float32', async () => {
    const model = copyWithout(`${CASES}/openclip-${tower}`);
    lowerWeights(`${model}/${WEIGHTS}`, 'F16');
    expect(cosine(await embed(model), golden.ie[0])).toBeGreaterThan(0.9999);
  });
});

test.each([
  ['convnext', { timm_pool: 'max' }, /"timm_pool" \("max"\) of convnext_base/],
  ['vitamin', { timm_pool: 'map' }, /"timm_pool" \("map"\)/],
  ['fastvit', { timm_model_name: 'fastvit_t8' }, /"timm_model_name" \("fastvit_t8"\)/],
  ['fastvit', { timm_model_name: 'fastvit_mci3' }, /of another shape: .*mlp\.fc1.*left over: visual\.trunk\./],
  ['convnext', { timm_model_name: 'convnextv2_base' }, /"timm_model_name" \("convnextv2_base"\)/],
  ['convnext', { timm_proj: 'linear' }, /missing: visual\.head\.proj\.weight/],
  ['vitamin', { timm_proj_bias: true }, /missing: visual\.head\.proj\.bias/],
  ['vitamin', { image_size: 96 }, /visual\.trunk\.pos_embed is F32 \[1,16,24\] and should be \[1,36,24\]/],
  ['resnet', { image_size: 63 }, /an image size that a ResNet divides by 32, got 63/],
  ['resnet', { head_width: 7 }, /a width that its heads divide, got 64 and 9/],
  ['resnet', { layers: [1, 1, 1, 1] }, /left over: visual\.layer2\.1\./],
])('%s with %o is refused', async (tower, vision, message) => {
  await expect(embed(withConfig(tower, vision))).rejects.toMatchObject({
    code: 'CHECKPOINT_UNSUPPORTED',
    message: expect.stringMatching(message),
  });
});

test('a block of FastViT with a branch missing is refused', async () => {
  const model = copyWithout(`${CASES}/openclip-fastvit`);
  const tensors = readSafetensors(`${model}/${WEIGHTS}`);
  const name = 'visual.trunk.stages.0.blocks.0.token_mixer.mixer.conv_scale.bn.bias';
  tensors.delete(name);
  writeSafetensors(`${model}/${WEIGHTS}`, tensors);
  await expect(embed(model)).rejects.toMatchObject({ code: 'CHECKPOINT_UNSUPPORTED', message: expect.stringContaining(`missing: ${name}`) });
});
