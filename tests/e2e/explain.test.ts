import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, cli, rowsOf } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { CAT } from '../fixtures/pictures.js';

const COMMAND = ['classify', CAT, '--labels', 'cat, red panda', '--template', 'a photo of a {}', '--model', CLIP_TINY];

describe('--explain shows each step from the label to the ranking', () => {
  let db: string;
  let first: CliResult;
  beforeAll(async () => {
    db = temporaryFolder();
    first = await cli([...COMMAND, '--cache-folder', db, '--explain']);
  });

  test.each([
    ['the model', /^Model\n {2}\S*clip-tiny \(clip, fp32, safetensors\), fingerprint [0-9a-f]+$/m],
    ['the logit scale and where it comes from', /logit scale 100\.003 \(weights\), bias 0\.000, probabilities by softmax/],
    ['where it runs and why', /^ {2}runs on \w+: .*$/m],
    ['labels', /^ {2}2 labels: cat, red panda$/m],
    ['templates', /^ {2}1 template: "a photo of a \{\}"$/m],
    ['prompts', /^ {2}prompt +"a photo of a cat"$/m],
    ['tokens', /^ {4}tokens +<\|startoftext\|> a<\/w> photo<\/w> of<\/w> a<\/w> cat<\/w> <\|endoftext\|>$/m],
    ['token ids with padding', /^ {4}token ids +49406 320 1125 539 320 2368 49407 49407$/m],
    ['the attention mask', /^ {4}mask +1 1 1 1 1 1 1 0$/m],
    ['the decoded text with start and end tokens', /^ {4}decoded +"<\|startoftext\|>a photo of a cat ?<\|endoftext\|>"$/m],
    ['the shape of the token ids', /input_ids \[2, 8\]/],
    ['shape and norms of the class embeddings', /^ {2}shape \[2, 24\]: mean over 1 prompt a label, length 1\.000000 to 1\.000000$/m],
    ['the steps of the image', /^ {2}451 x 300 pixels: shorter side to 224 \(bicubic\), middle 224 x 224, minus mean/m],
    ['the shape of the pixels', /^ {2}pixel_values \[1, 3, 224, 224\], values -\d\.\d+ to \d\.\d+$/m],
    ['shape and norm of the image embedding', /^ {2}embedding \[1, 24\], length 1\.000000, begins/m],
    ['the margin', /^Why {2}(?:cat|red panda)\n {2}similarity \d\.\d{4} above (?:cat|red panda)$/m],
    ['the nearest labels', /^ {2}nearest labels: (?:cat|red panda) -?\d\.\d\d$/m],
    ['other templates', /^ {2}by single templates: \d of 7 say (?:cat|red panda)/m],
    ['the ranking', /^rank +label +similarity/m],
  ])('shows %s', (_step, pattern) => expect(first.stdout).toMatch(pattern));

  test('where the class embeddings are kept', () => {
    expect(first.stdout).toContain('(encoded now)');
    expect(first.stdout).toContain(`kept in ${db}`);
  });

  test('with --json the explanation goes to stderr, and the ranking is the same', async () => {
    const explained = await cli([...COMMAND, '--cache-folder', db, '--explain', '--json']);
    const plain = await cli([...COMMAND, '--cache-folder', db, '--json']);
    expect(rowsOf(explained).map(({ predictions }) => predictions)).toEqual(rowsOf(plain).map(({ predictions }) => predictions));
    expect(explained.stderr).toMatch(/Class embeddings[\s\S]*Image/);
    expect(plain.stderr).toBe('');
    const [{ predictions, explanation }] = JSON.parse(explained.stdout);
    expect(explanation).toMatchObject({ label: predictions[0].label, runnerUp: { label: predictions[1].label } });
    expect(explanation.runnerUp.margin).toBeCloseTo(predictions[0].similarity - predictions[1].similarity, 6);
    expect(explanation.byTemplate).toHaveLength(7);
    expect(explanation.byTemplate[0]).toMatchObject({ template: 'a photo of a {}', label: predictions[0].label });
    expect(explanation.heatMap).toBeUndefined();
  });

  test('with --html the page shows which part of the picture counts, the same in every run, without a script', async () => {
    const folder = temporaryFolder();
    // A cat in the left half of a grey picture.
    const grey = sharp({ create: { width: 400, height: 200, channels: 3, background: '#808080' } });
    const cat = await sharp(CAT).resize(200, 200).toBuffer();
    await grey
      .composite([{ input: cat, left: 0, top: 0 }])
      .png()
      .toFile(join(folder, 'cat.png'));
    const run = async (page: string) =>
      cli(
        ['classify', 'cat.png', '--labels', 'cat, violin', '--explain', '--html', page, '--cache-folder', join(folder, 'cache'), '--json'],
        {
          cwd: folder,
        },
      );
    const first = await run('one.html');
    expect(first.code).toBe(0);
    const [{ explanation }] = JSON.parse(first.stdout);
    const { cells, largestDrop } = explanation.heatMap;
    expect(cells).toHaveLength(49);
    expect(Math.max(...cells)).toBe(1);
    expect(largestDrop).toBeGreaterThan(0.01);
    const half = (isLeft: boolean): number =>
      cells.reduce((sum: number, heat: number, i: number) => (i % 7 < 3 === isLeft && i % 7 !== 3 ? sum + heat : sum), 0);
    expect(half(true)).toBeGreaterThan(half(false));
    const page = readFileSync(join(folder, 'one.html'), 'utf8');
    expect(page).toMatch(/<input type="checkbox" id="(heat-\d+)" checked><label for="\1">show what speaks for “cat”<\/label>/);
    expect(page).toMatch(/<svg [^>]*role="img" aria-label="Heat map: “cat” depends most on: [^"]* of its lead\)">(?:<rect [^>]*>)+<\/svg>/);
    expect(page).toContain('<li>nearest labels: violin');
    expect(page).not.toMatch(/<script|https?:\/\/|(?:src|href)="(?!data:)/);
    const again = await run('two.html');
    expect(again.stdout).toBe(first.stdout);
  });
});

describe('labels that were encoded once', () => {
  test('are not encoded again: --explain says so, and the ranking is identical', async () => {
    const db = temporaryFolder();
    const run = () => cli(['classify', CAT, '--label-set', 'cifar10', '--top-k', '10', '--cache-folder', db, '--explain', '--json']);
    const first = await run();
    const second = await run();
    expect(first.stderr).not.toContain('no text was encoded');
    expect(second.stderr).toContain('no text was encoded');
    expect(second.stdout).toBe(first.stdout);
  });

  test.each([
    ['another template', ['--template', 'my {}']],
    ['another model', ['--model', 'pocket']],
    ['another label', ['--labels', 'red panda, dog']],
  ])('are encoded anew for %s', async (_name, flags) => {
    const db = temporaryFolder();
    const base = { model: ['--model', CLIP_TINY], labels: ['--labels', 'cat, red panda'], template: ['--template', 'a {}'] };
    const run = (over: string[]) =>
      cli(['classify', CAT, ...Object.values(base).flatMap((f) => (f[0] === over[0] ? over : f)), '--cache-folder', db, '--explain']);
    await run([]);
    expect((await run([])).stdout).toContain('no text was encoded');
    expect((await run(flags)).stdout).not.toContain('no text was encoded');
  });
});
