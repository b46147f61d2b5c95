import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { DEFAULT_IMAGE_LIMITS, loadEncoder, prepareImage } from 'labelwise/encoders';
import { afterAll, describe, expect, test } from 'vitest';
import { cosine, readJson } from '../fixtures/parity.js';
import { IMAGES, PARITY } from '../fixtures/paths.js';

/** What a library gave for a checkpoint that it saved itself (tests/parity/build). */
interface FamilyGolden {
  readonly reference: string;
  readonly logit_scale: number;
  readonly logit_bias?: number;
  readonly texts: readonly { text: string; input_ids: number[]; text_embeds: number[] }[];
  readonly images: readonly { file: string; image_embeds: number[]; pixels: { count: number; sample: number[] } }[];
}

/** Families as transformers saves them, and the layouts that people meet. */
const FOLDERS = ['families', 'layouts'];
const names = FOLDERS.flatMap((folder) => readdirSync(`${PARITY}/${folder}`).map((name) => `${folder}/${name}`)).filter((name) =>
  existsSync(`${PARITY}/${name}/golden.json`),
);

/** The lowest cosine that each golden reached; `LABELWISE_FIGURES=write` writes what this run reaches. */
const FIGURES = `${PARITY}/figures.json`;
const figures = new Map<string, number>();
const note = (name: string, cosines: number): void => void figures.set(name, Math.min(figures.get(name) ?? 1, cosines));
const stated = readJson<Record<string, string>>(FIGURES);
afterAll(() => {
  const rows = Object.fromEntries([...figures].sort().map(([name, lowest]) => [name, (Math.floor(lowest * 1e6) / 1e6).toFixed(6)]));
  if (process.env.LABELWISE_FIGURES === 'write') writeFileSync(FIGURES, `${JSON.stringify(rows, null, 1)}\n`);
});

test('every golden has a figure, of at least 0.9999', () => {
  for (const name of names) expect(Number(stated[name]), name).toBeGreaterThanOrEqual(0.9999);
});

test('every row of the compatibility page is held by a golden or a configuration, and at least 40 names run', () => {
  const { rows } = readJson<{ rows: { name: string; kind: string }[] }>(`${PARITY}/compatibility.json`);
  const { configurations } = readJson<{ configurations: Record<string, { refused?: string }> }>(`${PARITY}/open-clip.json`);
  const isHeld = (kind: string): boolean =>
    kind.startsWith('open_clip ') ? kind.slice('open_clip '.length) in configurations : existsSync(`${PARITY}/${kind}/golden.json`);
  expect(rows.filter(({ kind }) => !isHeld(kind))).toEqual([]);
  const running = rows.filter(({ name, kind }) => /^[\w.-]+\/[\w.-]+$/.test(name) && !configurations[kind.slice('open_clip '.length)]?.refused);
  expect(running.length).toBeGreaterThanOrEqual(40);
});

describe.each(names)('%s in step with its own library', (name) => {
  const model = `${PARITY}/${name}`;
  const golden = readJson<FamilyGolden>(`${model}/golden.json`);

  test('texts become the same tokens and embeddings', async () => {
    await using encoder = await loadEncoder({ model, onWarning: () => {} });
    const { tokenize } = await encoder.tokenizer();
    for (const { text, input_ids } of golden.texts) expect(tokenize(text).ids, text).toEqual(input_ids);
    const rows = await encoder.encodeTexts(golden.texts.map(({ text }) => text));
    for (const [i, { text, text_embeds }] of golden.texts.entries()) {
      const reached = cosine(rows[i] as Float32Array, text_embeds);
      note(name, reached);
      expect(reached, text).toBeGreaterThan(0.99999);
    }
  });

  test('pictures become the same pixels and embeddings', async () => {
    await using encoder = await loadEncoder({ model, onWarning: () => {} });
    for await (const outcome of encoder.encodeImages(golden.images.map(({ file }) => `${IMAGES}/${file}`))) {
      if ('error' in outcome) throw outcome.error;
      const { file, image_embeds, pixels } = golden.images[outcome.index] as FamilyGolden['images'][number];
      const reached = cosine(outcome.embedding, image_embeds);
      note(name, reached);
      // dynamic int8 takes one range for a whole batch
      expect(reached, file).toBeGreaterThan(name.endsWith('q8') ? 0.9999 : 0.99999);
      const how = { transform: encoder.manifest.imageTransform, limits: DEFAULT_IMAGE_LIMITS };
      const { pixels: own } = await prepareImage(readFileSync(`${IMAGES}/${file}`), how);
      expect(own.length, file).toBe(pixels.count);
      for (const [i, value] of pixels.sample.entries()) {
        const place = Math.floor((i * (own.length - 1)) / (pixels.sample.length - 1));
        expect(own[place], `${file} at ${place}`).toBeCloseTo(value, 4);
      }
    }
  });

  test('the logits have the same scale and bias', async () => {
    await using encoder = await loadEncoder({ model, onWarning: () => {} });
    expect(encoder.info.logitScale).toBeCloseTo(golden.logit_scale, 2);
    expect(encoder.info.logitBias).toBeCloseTo(golden.logit_bias ?? 0, 3);
  });
});
