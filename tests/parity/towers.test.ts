import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Encoder, type LoadEncoderOptions, loadEncoder, openManifest } from 'labelwise/encoders';
import { expect, test } from 'vitest';
import { graphsOf } from '../../dist/graphs/graphs-of.js';
import { compareWithOpenClip, OPEN_CLIP_TABLE } from '../fixtures/open-clip.js';
import { copyWithout, cosine, readJson, temporaryFolder } from '../fixtures/parity.js';
import { PARITY, ROOT } from '../fixtures/paths.js';
import { lowerWeights } from '../fixtures/safetensors.js';
import { NAFLEX, widenNaflex } from '../fixtures/wide-naflex.js';

/** One checkpoint of each kind of tower that OpenCLIP takes from timm and transformers; tests/slow/open-clip.test.ts makes all configurations. */
test.each(readdirSync(`${PARITY}/towers`))("%s gives open_clip's token ids and embeddings", async (name) => {
  const { texts, images, otherIds } = await compareWithOpenClip(`${PARITY}/towers/${name}`);
  expect(otherIds).toEqual([]);
  expect(texts).toBeGreaterThan(0.999999);
  expect(images).toBeGreaterThan(0.999999);
});

const REPEATED = [
  ...readdirSync(`${PARITY}/towers`).map((name) => `towers/${name}`),
  ...['families/naflex', 'siglip-tiny', 'xlm-roberta-tiny', 'cases/clipa', 'cases/openclip-clips', 'cases/openclip-vitamin'],
  ...['cases/openclip-fastvit', 'cases/openclip-resnet', 'cases/openclip-convnext'],
];
/** Their tokens look at those behind them, masks aside: sums over a text that was filled up to the longest of its batch have other groups. */
const LOOKS_BEHIND = /BiomedCLIP|mt5-base|xlm-roberta-tiny/;

test.each(REPEATED)('an image and a text of %s have the same embedding to the bit, alone and among others, with one thread and with many', async (name) => {
  for (const threads of [1, 2]) await expectSameAlone({ model: `${PARITY}/${name}`, threads, onWarning: () => {} });
});

test('a NaFlex whose MLPs are computed in parts gives the same embeddings, also from 16-bit weights, alone and among others', async () => {
  const [wide, half] = [widenNaflex(), widenNaflex()];
  lowerWeights(`${half}/model.safetensors`, 'F16');
  const photos = ['chelsea.png', 'cat-grey.jpg'].map((photo) => `${PARITY}/images/${photo}`);
  const embed = async (model: string, threads: number): Promise<Float32Array[]> => {
    await using encoder = await loadEncoder({ model, threads, onWarning: () => {} });
    return await encodeAll(encoder, photos);
  };
  const plain = await embed(NAFLEX, 1); // its own MLPs are not
  for (const [model, threads, least] of [[wide, 1, 0.9999999], [wide, 9, 0.9999999], [half, 2, 0.99999]] as const)
    for (const [i, own] of (await embed(model, threads)).entries()) expect(cosine(own, plain[i] as Float32Array)).toBeGreaterThan(least);
  for (const threads of [1, 2, 3, 8]) await expectSameAlone({ model: wide, threads, onWarning: () => {} });
  const manifest = await openManifest({ model: wide });
  const isStacked = async (isUnpacked: boolean): Promise<boolean> =>
    Buffer.from((await graphsOf(manifest, { home: temporaryFolder(), isUnpacked })).image).includes('transBatchB');
  expect([await isStacked(true), await isStacked(false)]).toEqual([true, false]);
});

async function expectSameAlone(options: LoadEncoderOptions): Promise<void> {
  await using encoder = await loadEncoder(options);
  const photos = ['chelsea.png', 'chelsea.png', 'chelsea.png', 'cat-grey.jpg'].map((photo) => `${PARITY}/images/${photo}`);
  const [alone] = await encodeAll(encoder, photos.slice(0, 1));
  for (const embedding of (await encodeAll(encoder, photos)).slice(0, 3)) expect(embedding).toEqual(alone);
  const texts = ['a photo of a cat', 'two dogs', 'a car near a tree'];
  const together = await encoder.encodeTexts(texts);
  for (const [i, text] of texts.entries()) {
    const [own] = await encoder.encodeTexts([text]);
    if (LOOKS_BEHIND.test(options.model as string)) expect(cosine(own as Float32Array, together[i] as Float32Array)).toBeGreaterThan(0.999999);
    else expect(own).toEqual(together[i]);
  }
}

async function encodeAll(encoder: Encoder, photos: readonly string[]): Promise<Float32Array[]> {
  const embeddings: Float32Array[] = [];
  for await (const outcome of encoder.encodeImages(photos, { batchSize: 4 })) {
    if ('error' in outcome) throw outcome.error;
    embeddings.push(outcome.embedding);
  }
  return embeddings;
}

const writeJson = (path: string, value: unknown): void => writeFileSync(path, JSON.stringify(value));

test("a repository whose config.json names OpenCLIP's model runs from OpenCLIP's files, as Marqo's models do", async () => {
  const folder = copyWithout(`${PARITY}/towers/ViT-B-16-SigLIP`);
  const auto_map = { AutoModel: 'marqo_fashionSigLIP.MarqoFashionSigLIP' };
  writeJson(`${folder}/config.json`, { auto_map, open_clip_model_name: 'hf-hub:Marqo/marqo-fashionSigLIP', model_type: 'siglip' });
  copyFileSync(`${PARITY}/siglip-tiny/model.safetensors`, `${folder}/model.safetensors`); // weights of the class that the repository brings
  const { texts, images, otherIds } = await compareWithOpenClip(folder);
  expect([otherIds, texts > 0.999999, images > 0.999999]).toEqual([[], true, true]);
});

test('a preprocess_cfg that says only where the weights came from, as that of BioCLIP, means OpenAI\'s preprocessing', async () => {
  const folder = copyWithout(`${PARITY}/towers/BiomedCLIP`);
  const config = readJson<object>(`${folder}/open_clip_config.json`);
  writeJson(`${folder}/open_clip_config.json`, { ...config, preprocess_cfg: { hf_hub: 'imageomics/bioclip/open_clip_pytorch_model.bin' } });
  expect((await compareWithOpenClip(folder)).images).toBeGreaterThan(0.999999);
});

test("BiomedCLIP's older words for pooling and projection mean the same", async () => {
  const folder = copyWithout(`${PARITY}/towers/BiomedCLIP`);
  const { model_cfg, ...rest } = readJson<{ model_cfg: { text_cfg: Record<string, unknown> } }>(`${folder}/open_clip_config.json`);
  const { hf_pooler_type: pooler_type, hf_proj_type: proj, ...text } = model_cfg.text_cfg;
  expect([pooler_type, proj]).toEqual(['cls_last_hidden_state_pooler', 'mlp']);
  writeJson(`${folder}/open_clip_config.json`, { ...rest, model_cfg: { ...model_cfg, text_cfg: { ...text, pooler_type, proj } } });
  expect((await compareWithOpenClip(folder)).texts).toBeGreaterThan(0.999999);
});

test('weights with a bias under a configuration without one are refused, as open_clip cannot load them', async () => {
  const folder = copyWithout(`${PARITY}/towers/ViT-B-16-SigLIP`);
  const { model_cfg, ...rest } = readJson<{ model_cfg: Record<string, unknown> }>(`${folder}/open_clip_config.json`);
  const { init_logit_bias: _, ...changed } = model_cfg;
  writeJson(`${folder}/open_clip_config.json`, { ...rest, model_cfg: changed });
  await expect(loadAndEmbed(folder)).rejects.toMatchObject({ code: 'CHECKPOINT_UNSUPPORTED', message: expect.stringContaining('"init_logit_bias"') });
});

async function loadAndEmbed(model: string): Promise<void> {
  await using encoder = await loadEncoder({ model, onWarning: () => {} });
  await encoder.encodeTexts(['a cat']);
}

test.each(['distilbert-base-uncased', 'camembert-base', 'hfl/chinese-roberta-wwm-ext', 'google/electra-base-discriminator', 'google/flan-t5-base'])(
  'a text tower that is not known to the number is refused by its name: %s',
  async (name) => {
    const folder = copyWithout(`${PARITY}/towers/BiomedCLIP`);
    const { model_cfg, ...rest } = readJson<{ model_cfg: { text_cfg: object } }>(`${folder}/open_clip_config.json`);
    const text_cfg = { ...model_cfg.text_cfg, hf_model_name: name };
    writeJson(`${folder}/open_clip_config.json`, { ...rest, model_cfg: { ...model_cfg, text_cfg } });
    const refusal = { code: 'CHECKPOINT_UNSUPPORTED', message: expect.stringContaining(`"hf_model_name" ("${name}")`) };
    await expect(compareWithOpenClip(folder)).rejects.toMatchObject(refusal);
  },
);

test('the documents count the configurations that run', () => {
  const all = Object.values(OPEN_CLIP_TABLE.configurations);
  const running = all.filter(({ refused }) => refused === undefined).length;
  const count = `${all.length} configurations with public weights. labelwise runs ${running} of them.`; // npm run docs writes it
  expect(readFileSync(`${ROOT}docs/reference/checkpoints.md`, 'utf8')).toContain(count);
});
