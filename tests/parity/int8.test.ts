import { existsSync, readdirSync } from 'node:fs';
import { loadEncoder } from 'labelwise/encoders';
import { expect, test } from 'vitest';
import { quantizeCheckpoint } from '../../dist/encoders/quantize/quantize-checkpoint.js';
import { readHubSettings } from '../../dist/hub/hub-settings.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { IMAGES, PARITY } from '../fixtures/paths.js';

/** A checkpoint of each kind of tower: open_clip's, timm's and transformers'. */
const CHECKPOINTS = ['towers', 'families', 'cases']
  .flatMap((folder) => readdirSync(`${PARITY}/${folder}`).map((name) => `${folder}/${name}`))
  .filter((folder) => !folder.startsWith('cases/') || existsSync(`${PARITY}/${folder}/open_clip_model.safetensors`));

const photos = ['chelsea.png', 'cat-grey.jpg'].map((name) => `${IMAGES}/${name}`);
const prompts = ['a photo of a cat', 'two dogs near a car'];
let kept = 0;

test.each(CHECKPOINTS)('the int8 copy of %s has a cosine of 0.999 at least, or is refused', async (folder) => {
  const source = { model: `${PARITY}/${folder}`, home: temporaryFolder(), hub: readHubSettings({}), onWarning: () => {} };
  try {
    const { imageCosine, textCosine } = await quantizeCheckpoint({ ...source, photos, prompts });
    expect(imageCosine.mean).toBeGreaterThanOrEqual(0.999);
    expect(textCosine.mean).toBeGreaterThanOrEqual(0.999);
    kept++;
  } catch (error) {
    expect(error).toMatchObject({ code: 'QUANTIZATION_REJECTED' });
    await expect(loadEncoder({ ...source, dtype: 'int8' })).rejects.toMatchObject({ code: 'DTYPE_UNAVAILABLE' });
  }
});

test('most are kept', () => expect(kept).toBeGreaterThan(CHECKPOINTS.length / 2));
