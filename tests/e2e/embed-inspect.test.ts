import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { classify, cli, rowsOf } from '../fixtures/cli.js';
import { cosine, type Golden, readJson, temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, IMAGES, PARITY } from '../fixtures/paths.js';
import { CAT, ROCKET, write } from '../fixtures/pictures.js';

interface EmbeddingJson {
  input: string;
  model: string;
  dimension: number;
  embedding: number[];
}
const TINY = ['--model', CLIP_TINY];
const golden = readJson<Golden>(`${PARITY}/golden.json`);

describe('labelwise embed prints unit vectors', () => {
  test('--json has exactly input, model, dimension and embedding, texts first', async () => {
    const result = await cli(['embed', CAT, '--text', 'a cat', '--text', 'a dog', '--json']);
    const rows = rowsOf<EmbeddingJson>(result);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(rows.map((row) => row.input)).toEqual(['a cat', 'a dog', CAT]);
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(['input', 'model', 'dimension', 'embedding']);
      expect([row.model, row.dimension]).toEqual(['pocket', row.embedding.length]);
      expect(Math.hypot(...row.embedding)).toBeCloseTo(1, 5);
    }
  });

  test('the cosine of image and text is the similarity that classify reports', async () => {
    const [text, image] = rowsOf<EmbeddingJson>(await cli(['embed', CAT, '--text', 'my cat', '--json']));
    const [row] = await classify([CAT], '--labels', 'cat, dog', '--template', 'my {}');
    const cat = row?.predictions.find((p) => p.label === 'cat');
    expect(cosine(text?.embedding as number[], image?.embedding as number[])).toBeCloseTo(cat?.similarity as number, 5);
  });

  test('the vectors of clip-tiny are those that transformers gave', async () => {
    const { text, text_embeds } = golden.texts[0] as Golden['texts'][number];
    const { file, image_embeds } = golden.images[0] as Golden['images'][number];
    const [one, two] = rowsOf<EmbeddingJson>(await cli(['embed', `${IMAGES}/${file}`, '--text', text, '--json', ...TINY]));
    expect(cosine(one?.embedding as number[], text_embeds)).toBeGreaterThan(0.99999);
    expect(cosine(two?.embedding as number[], image_embeds)).toBeGreaterThan(0.99999);
  });

  test('--csv and the lines for people say the same', async () => {
    expect((await cli(['embed', CAT, '--csv', ...TINY])).stdout).toMatch(
      /^input,model,dimension,embedding,error_code,error_message\n[^,]+,[^,]+,24,(?:-?[\d.e-]+ ?){24},,\n$/,
    );
    expect((await cli(['embed', '--text', 'a cat', ...TINY])).stdout).toMatch(/^a cat {2}\[24\] {2}length 1\.000000 {2}-?\d/);
  });

  test('an image on stdin among others keeps its place, and a bad one is a row', async () => {
    const bad = write(temporaryFolder(), 'bad.png', 'text');
    const result = await cli(['embed', ROCKET, bad, '-', '--ndjson', ...TINY], { stdin: await sharp(CAT).toBuffer() });
    const rows = result.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(result.code).toBe(3);
    expect(rows.map((row) => row.input)).toEqual([ROCKET, bad, '-']);
    expect(rows.map((row) => row.error?.code)).toEqual([undefined, 'IMAGE_UNSUPPORTED', undefined]);
  });

  test('in every format a bad image has a line with its name and its error', async () => {
    const [bad, missing] = [write(temporaryFolder(), 'bad.png', 'text'), '/nowhere/b.jpg'];
    const run = (...flags: string[]) => cli(['embed', bad, ROCKET, missing, ...flags, ...TINY]);
    const [json, csv, human] = [await run('--json'), await run('--csv'), await run()];
    const errors = rowsOf<{ input: string; error?: { code: string } }>(json).map(({ input, error }) => [input, error?.code]);
    expect(errors).toEqual([
      [bad, 'IMAGE_UNSUPPORTED'],
      [ROCKET, undefined],
      [missing, 'INPUT_NOT_FOUND'],
    ]);
    for (const { stdout } of [csv, human]) {
      for (const [input, code] of errors) expect(stdout.split('\n').find((line) => line.startsWith(`${input}`))).toContain(code ?? '0.');
    }
    for (const { code, stderr } of [json, csv, human])
      expect([code, stderr]).toEqual([3, expect.stringContaining('2 of 3 images could not be used')]);
  });

  test('neither image nor text is a usage error', async () => {
    const { code, stderr } = await cli(['embed']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: Expected images or --text, got neither\.\nhint: /);
  });
});

describe('labelwise inspect shows what the model is given', () => {
  test('a prompt has ids, tokens, decoded text and mask, and nothing else', async () => {
    const [row] = rowsOf<Record<string, unknown>>(await cli(['inspect', 'prompt', 'a photo of a cat', '--json', ...TINY]));
    expect(row).toEqual({
      prompt: 'a photo of a cat',
      inputIds: [49406, 320, 1125, 539, 320, 2368, 49407],
      tokens: ['<|startoftext|>', 'a</w>', 'photo</w>', 'of</w>', 'a</w>', 'cat</w>', '<|endoftext|>'],
      decoded: expect.stringMatching(/^<\|startoftext\|>a photo of a cat ?<\|endoftext\|>$/),
      attentionMask: [1, 1, 1, 1, 1, 1, 1],
    });
  });

  test('a prompt for people has its shape, and a long one a warning on stderr', async () => {
    const { stdout } = await cli(['inspect', 'prompt', 'a photo of a cat', ...TINY]);
    expect(stdout).toContain('token ids  49406 320 1125 539 320 2368 49407\n');
    expect(stdout).toContain('shape      [1, 7], at most 77 tokens\n');
    const long = await cli(['inspect', 'prompt', 'cat '.repeat(100), '--json', ...TINY]);
    expect(rowsOf<{ inputIds: number[] }>(long)[0]?.inputIds).toHaveLength(77);
    expect(long.stderr).toContain("warning: the prompt is longer than the model's limit of 77 tokens: the last 25 are ignored.");
  });

  test('an image has path, size and input shape, and nothing else', async () => {
    const result = await cli(['inspect', 'image', CAT, '--json', ...TINY]);
    expect(rowsOf(result)).toEqual([{ path: CAT, width: 451, height: 300, inputShape: [1, 3, 224, 224] }]);
  });

  test('--save-input writes the very pixels that Pillow resized and cropped', async () => {
    const folder = temporaryFolder();
    const { code } = await cli(['inspect', 'image', CAT, '--save-input', 'seen.png', ...TINY], { cwd: folder });
    const pixels = (path: string) => sharp(path).raw().toBuffer({ resolveWithObject: true });
    const seen = await pixels(join(folder, 'seen.png'));
    const expected = await pixels(`${PARITY}/pixels/chelsea.png.png`);
    expect(code).toBe(0);
    expect(seen.info).toMatchObject({ width: 224, height: 224, channels: 3 });
    expect(seen.data.equals(expected.data)).toBe(true);
  });

  test('a bad image and a place that cannot be written are told with a hint', async () => {
    const missing = await cli(['inspect', 'image', 'nowhere.png', ...TINY]);
    expect(missing).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(/nowhere\.png[\s\S]*hint:/) });
    const unwritable = await cli(['inspect', 'image', CAT, '--save-input', `${CAT}/seen.png`, ...TINY]);
    expect(unwritable).toMatchObject({ code: 3, stderr: expect.stringContaining('/seen.png cannot be written') });
  });
});
