import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { readCalibrations, writeCalibration } from '../../dist/encoders/calibrations.js';
import { loadEncoder, readHubSettings, readManifest, resolveCheckpoint } from '../../dist/library/encoders.js';
import { cli, rowsOf } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, ROOT } from '../fixtures/paths.js';

const home = temporaryFolder();
const env = { LABELWISE_HOME: home };
const PHOTOS = ['cat', 'coffee', 'flower', 'galaxies', 'rocket', 'temple'];
let data: string;

beforeAll(async () => {
  data = temporaryFolder();
  for (const name of PHOTOS) {
    mkdirSync(join(data, name));
    for (let i = 0; i < 20; i++) {
      const part = { left: 2 * i, top: i, width: 200, height: 200 };
      await sharp(`${ROOT}demo/photos/${name}.jpg`)
        .resize(300, 300)
        .extract(part)
        .toFile(join(data, name, `${i}.png`));
    }
  }
}, 60_000);

interface Row {
  predictions: { label: string; logit: number; probability: number }[];
}
const ask = async (...model: string[]) =>
  rowsOf<Row>(await cli(['classify', join(data, 'cat/0.png'), '--labels', PHOTOS.join(), '--json', ...model], { env }))[0]?.predictions ??
  [];

test('calibrate changes probabilities and neither logits nor the order, until --remove', async () => {
  const before = await ask();
  const run = await cli(['calibrate', data, '--json'], { env });
  expect(run.code, run.stderr).toBe(0);
  const summary = JSON.parse(run.stdout);
  expect(summary).toMatchObject({ model: 'pocket', images: 120 });
  expect(summary.negativeLogLikelihood.after).toBeLessThan(summary.negativeLogLikelihood.before);
  const after = await ask();
  expect(after.map(({ label, logit }) => [label, logit])).toEqual(before.map(({ label, logit }) => [label, logit]));
  expect(after.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
  expect(after[0]?.probability).not.toBeCloseTo(before[0]?.probability as number, 3);
  const removed = await cli(['calibrate', '--remove'], { env });
  expect(removed.stderr).toContain('removed the calibrations of pocket');
  expect(await ask()).toEqual(before);
}, 120_000);

test('calibrations with several templates that are made at once are all kept', async () => {
  const manifest = await readManifest(await resolveCheckpoint(CLIP_TINY, { settings: readHubSettings({}), home }), home);
  const own = temporaryFolder();
  const texts = Array.from({ length: 8 }, (_, i) => `a photo of {} number ${i}`);
  const softmax = { scale: 1, knee: null, growth: 0 };
  await Promise.all(texts.map((text) => writeCalibration(manifest, own, { templates: [text], softmax })));
  const kept = await readCalibrations(manifest, own, () => expect.unreachable());
  expect(kept.flatMap(({ templates }) => templates).toSorted()).toEqual(texts);
  expect(readdirSync(join(own, 'calibrations'))).toEqual([`${manifest.fingerprint}.json`]);
});

test('calibrate works for a checkpoint without a calibration, and other checkpoints keep their probabilities', async () => {
  const tiny = ['--model', CLIP_TINY];
  const before = await ask(...tiny);
  const pocket = await ask();
  expect((await cli(['calibrate', data, ...tiny], { env })).code).toBe(0);
  expect(await ask(...tiny)).not.toEqual(before);
  expect(await ask()).toEqual(pocket);
}, 120_000);

test('a weighted template set has a calibration of its own, beside that of the same templates without weights', async () => {
  const folder = temporaryFolder();
  const own = { LABELWISE_HOME: folder };
  const templates = ['{}', 'a photo of a {}.'];
  for (const [name, content] of Object.entries({ plain: { templates }, weighted: { templates, weights: [0.5, 1.5] } })) {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(content));
    const run = await cli(['calibrate', data, '--template-set', join(folder, `${name}.json`), '--model', CLIP_TINY], { env: own });
    expect(run.code, run.stderr).toBe(0);
  }
  const [file] = readdirSync(join(folder, 'calibrations'));
  const { calibrations } = JSON.parse(readFileSync(join(folder, 'calibrations', file as string), 'utf8'));
  expect(calibrations).toMatchObject([{ templates, weights: [0.5, 1.5] }, { templates }]);
  expect(calibrations[1].weights).toBeUndefined();
}, 120_000);

test('calibrate refuses too few images, and sources together with --remove', async () => {
  const few = temporaryFolder();
  mkdirSync(join(few, 'cat'));
  mkdirSync(join(few, 'dog'));
  for (const name of ['cat', 'dog']) writeFileSync(join(few, name, 'a.png'), readFileSync(join(data, 'cat/0.png')));
  const refused = await cli(['calibrate', few], { env });
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('Expected 100 images or more to calibrate with, got 2.');
  expect((await cli(['calibrate', data, '--remove'], { env })).code).toBe(2);
  expect((await cli(['calibrate'], { env })).code).toBe(2);
});

test('a calibration for other weights is ignored with a warning', async () => {
  const manifest = await readManifest(await resolveCheckpoint('pocket', { home, settings: readHubSettings({}) }), home);
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  expect(await readCalibrations(manifest, home, warn)).not.toEqual([]);
  expect(warnings).toEqual([]);
  expect(await readCalibrations({ ...manifest, fingerprint: 'other' }, home, warn)).toEqual([]);
  expect(warnings.join()).toContain('is for other weights, so it is not used');
});

test.each(['{', '{"fingerprint": "x", "calibrations": [{"templates": [], "softmaxes": {}}]}'])(
  'a calibration of the user that cannot be understood is named, and set aside by the next: %s',
  async (content) => {
    const place = temporaryFolder();
    const manifest = await readManifest(await resolveCheckpoint('pocket', { home: place, settings: readHubSettings({}) }), place);
    mkdirSync(join(place, 'calibrations'));
    writeFileSync(join(place, 'calibrations', `${manifest.fingerprint}.json`), content);
    const warnings: string[] = [];
    expect(await readCalibrations(manifest, place, (message) => void warnings.push(message))).not.toEqual([]); // what ships is used
    expect(warnings).toEqual([expect.stringContaining('cannot be read, so it is not used')]);
    await writeCalibration(manifest, place, { templates: ['{}'], softmax: { scale: 2, knee: null, growth: 0 } });
    expect(await readCalibrations(manifest, place, (message) => void warnings.push(message))).toContainEqual(
      expect.objectContaining({ templates: ['{}'], softmax: { scale: 2, knee: null, growth: 0 } }),
    );
    expect(warnings).toHaveLength(1);
    const aside = readdirSync(join(place, 'calibrations')).filter((name) => name.includes('.unreadable-'));
    expect(aside.map((name) => readFileSync(join(place, 'calibrations', name), 'utf8'))).toEqual([content]);
  },
);

test('a logit scale of the user counts as it is', async () => {
  await using encoder = await loadEncoder({ logitScale: 18 });
  expect(encoder.info.calibrations).toEqual([]);
});
